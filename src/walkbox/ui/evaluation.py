"""How well a classifier does on the data set: accuracy, the confusion matrix, and the pictures of each of its cells."""

from __future__ import annotations

import numpy as np
from imgui_bundle import imgui

from walkbox.commands import CancelTask, Command, Evaluate, PlacePicture
from walkbox.findings import EVALUATING, Evaluation
from walkbox.scene.network import Network
from walkbox.ui import icons, style, widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import colours, per_cent

__all__ = ["draw"]

COLUMNS, MOST = 4, 48
"""Pictures of a cell side by side, and so many of them at most."""


def draw(state: UiState, network: Network, commands: list[Command]) -> None:
    """Draw it."""
    known = network.findings.evaluation
    running = any(job.task == EVALUATING and job.network == network.id for job in state.progress)
    if running:
        if imgui.button(f"{icons.CLOSE}  Stop", (-1, 0)):
            commands.append(CancelTask(EVALUATING, network.id))
    elif imgui.button("Run on all pictures" if known is None else "Run on all pictures again", (-1, 0)):
        commands.append(Evaluate(network.id))
    widgets.tip(state, "In the background; a picture that you place goes first.")
    if known is None:
        widgets.faint("Accuracy, and which classes are taken for which.")
        return
    labelled = int(known.confusion.sum())
    imgui.text(f"{per_cent(known.right / labelled)} right" if labelled else "No picture has a label.")
    with widgets.small_text():
        widgets.faint(f"{known.right:,} of {labelled:,} with a label; {known.done:,} of {known.total:,} pictures run")
        if known.problems:
            widgets.faint(f"{len(known.problems)} could not be used.")
            widgets.tip(state, "\n".join(known.problems[:12]))
    if labelled:
        _matrix(state, network, known)
        _pictures(state, network, known, commands)


def _matrix(state: UiState, network: Network, known: Evaluation) -> None:
    """Labels down, what the model says across; brighter is more of the label's pictures."""
    counts = known.confusion
    size = len(counts)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    made = state.local.keep(
        ("confusion", network.id),
        (known,),
        lambda: _with_grid(colours(shares.astype(np.float32), 0.0, 1.0, "magma", "linear")),
    )
    room = imgui.get_content_region_avail()
    side = min(room.x, max(room.y * 0.55, 90 * state.scale))
    imgui.image(state.picture(("confusion", network.id), made, smooth=False), (side, side))
    cell = side / size
    (left, top), p = imgui.get_item_rect_min(), style.palette(state.settings.theme)
    canvas = imgui.get_window_draw_list()
    if imgui.is_item_hovered():
        mouse = imgui.get_mouse_pos()
        row, column = (int(np.clip(v // cell, 0, size - 1)) for v in (mouse.y - top, mouse.x - left))
        names = [network.classes[i] if i < len(network.classes) else f"class {i}" for i in (row, column)]
        share = per_cent(shares[row, column])
        widgets.say(state, f"{names[0]} taken for {names[1]}: {int(counts[row, column]):,} ({share})")
        if imgui.is_mouse_clicked(imgui.MouseButton_.left):
            state.local.cell = row, column
    row, column = state.local.cell
    if row < size and column < size:
        corner = (left + column * cell, top + row * cell)
        canvas.add_rect(corner, (corner[0] + cell, corner[1] + cell), widgets.u32(p.accent), 0.0, 2 * state.scale)


def _with_grid(pixels: np.ndarray) -> np.ndarray:
    """Cells that are large enough for imgui not to smooth one into the next."""
    times = max(1, min(32, 512 // len(pixels)))
    made = pixels.repeat(times, axis=0).repeat(times, axis=1)
    if times >= 8:
        made[::times], made[:, ::times] = 24, 24
    return made


def _pictures(state: UiState, network: Network, known: Evaluation, commands: list[Command]) -> None:
    """Those of the chosen cell; a click places one."""
    row, column = state.local.cell
    size = len(known.confusion)
    if row >= size or column >= size:
        return
    names = [network.classes[i] if i < len(network.classes) else f"class {i}" for i in (row, column)]
    found = np.flatnonzero((known.labels == row) & (known.predicted == column))
    with widgets.small_text():
        said = f"{names[0]}, recognised" if row == column else f"{names[0]} taken for {names[1]}"
        widgets.faint(f"{said}: {len(found):,}")
    gap = 4 * state.scale
    side = (imgui.get_content_region_avail().x - gap * (COLUMNS - 1)) / COLUMNS
    for index, entry in enumerate(found[:MOST].tolist()):
        if index % COLUMNS:
            imgui.same_line(0, gap)
        if widgets.thumbnail(state, entry, side, f"##cell {entry}"):
            commands.append(PlacePicture(entry, network.id))
        widgets.tip(state, state.scene.shelf.name(entry))
