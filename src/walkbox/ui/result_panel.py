"""The result panel: what the model says of the picture, and how well it does on the whole data set."""

from __future__ import annotations

import numpy as np
from imgui_bundle import imgui

from walkbox.colour import class_colours
from walkbox.commands import Command
from walkbox.findings import Numbers, Segmentation
from walkbox.scene.network import Network
from walkbox.ui import evaluation, style, widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import number, per_cent

__all__ = ["TOP", "draw", "top_classes"]

TOP = 10
SMALLEST_CHANGE = 5e-4
"""Changes of a probability that are smaller are not shown."""


def top_classes(network: Network, count: int = TOP) -> list[tuple[int, str, float, float]]:
    """(index, name, probability, score) of the most probable classes, best first; none without a prediction."""
    prediction = network.prediction
    if prediction is None:
        return []
    ordered = np.argsort(-np.nan_to_num(prediction.probabilities, nan=-1.0), kind="stable")[:count]
    return [
        (int(i), class_name(network, int(i)), float(prediction.probabilities[i]), float(prediction.scores[i]))
        for i in ordered
    ]


def class_name(network: Network, index: int) -> str:
    """Of a class, its number where it has no name."""
    return network.classes[index] if index < len(network.classes) else f"class {index}"


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    network = state.shown
    with widgets.panel(state, "result", "Result", commands) as seen:
        if not seen or network is None:
            return
        if network.prediction is None or not len(state.scene.shelf):
            _of_picture(state, network)
        elif imgui.begin_tab_bar("##result"):
            if imgui.begin_tab_item("Picture")[0]:
                _of_picture(state, network)
                imgui.end_tab_item()
            if imgui.begin_tab_item("Data set")[0]:
                evaluation.draw(state, network, commands)
                imgui.end_tab_item()
            imgui.end_tab_bar()


def _of_picture(state: UiState, network: Network) -> None:
    _picture(state, network)
    known = network.findings
    top = top_classes(network)
    if top:
        _bars(state, network, top)
    elif known.segmentation is not None:
        _segments(state, network, known.segmentation)
    elif known.numbers is not None:
        _tables(known.numbers)
    else:
        widgets.faint("The model has not run yet." if network.run == 0 else "This model's output is not shown here.")


def _picture(state: UiState, network: Network) -> None:
    picture = network.picture
    if picture is None:
        widgets.faint("No picture is placed. Click one on the shelf, or drop a file onto the window.")
        return
    side = 52 * state.scale
    height, width = picture.pixels.shape[:2]
    longest = max(height, width)
    imgui.image(
        state.picture(("placed", picture.id), picture.pixels, smooth=True),
        (side * width / longest, side * height / longest),
    )
    imgui.same_line()
    imgui.begin_group()
    room = imgui.get_content_region_avail().x
    imgui.text(widgets.fit(picture.name, room))
    if picture.label:
        with widgets.small_text():
            widgets.faint(f"labelled {picture.label}")
    if network.busy:
        with widgets.small_text():
            widgets.faint("The model is running\N{HORIZONTAL ELLIPSIS}")
    imgui.end_group()


def _bars(state: UiState, network: Network, top: list[tuple[int, str, float, float]]) -> None:
    p, s = style.palette(state.settings.theme), state.scale
    label = network.picture.label if network.picture is not None else ""
    chosen = widgets.segments(
        state,
        "Shown",
        "Scores" if state.local.scores else "Probabilities",
        ("Probabilities", "Scores"),
        imgui.get_content_region_avail().x * 0.72,
        "Probabilities are the softmax of the scores, which are what the model gives.",
    )
    state.local.scores = chosen == "Scores" if chosen else state.local.scores
    before = network.findings.previous
    width = imgui.get_content_region_avail().x
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (8 * s, 4 * s))
    for rank, (index, name, probability, score) in enumerate(top):
        right = bool(label) and name == label
        colour = p.good if right else p.accent if rank == 0 else p.faint
        imgui.begin_group()
        with widgets.small_text():
            said = number(score, 4) if state.local.scores else per_cent(probability)
            change = "" if before is None or index >= len(before.probabilities) else _change(state, network, index)
            room = imgui.calc_text_size(said).x
            extra = imgui.calc_text_size(change).x + 8 * s if change else 0.0
            name_room = width - room - extra - 12 * s
            if rank:
                imgui.text(widgets.fit(name, name_room))
            else:
                imgui.text_colored(colour, widgets.fit(name, name_room))
            if change:
                widgets.right_aligned(room + extra)
                imgui.text_colored(p.good if change.startswith("+") else p.warning, change)
            widgets.right_aligned(room)
            imgui.text(said)
        widgets.bar(probability, colour, width, 4 * s)
        imgui.end_group()
        told = f"{name} (class {index})\nprobability {number(probability, 6)}\nscore {number(score, 6)}"
        if before is not None and index < len(before.probabilities):
            told += f"\nbefore {number(before.probabilities[index], 6)}, score {number(before.scores[index], 6)}"
        widgets.tip(state, told)
    imgui.pop_style_var()


def _change(state: UiState, network: Network, index: int) -> str:
    """Against the picture before: percentage points, or the score's difference; empty for hardly any."""
    now, before = network.prediction, network.findings.previous
    assert now is not None and before is not None
    if state.local.scores:
        return f"{float(now.scores[index] - before.scores[index]):+.3g}"
    difference = float(now.probabilities[index] - before.probabilities[index])
    return f"{100 * difference:+.1f}" if abs(difference) >= SMALLEST_CHANGE else ""


def _segments(state: UiState, network: Network, known: Segmentation) -> None:
    """The class map, and the share of each class that is there."""
    palette = class_colours(max(len(known.shares), 1))
    made = state.local.keep(("segments", network.id), (known,), lambda: palette[known.classes])
    room = imgui.get_content_region_avail()
    rows, columns = known.classes.shape
    cell = min(room.x / columns, 0.5 * room.y / rows)
    imgui.image(state.picture(("segments", network.id), made, smooth=False), (columns * cell, rows * cell))
    if imgui.is_item_hovered():
        (left, top), mouse = imgui.get_item_rect_min(), imgui.get_mouse_pos()
        column = int(np.clip((mouse.x - left) / cell, 0, columns - 1))
        row = int(np.clip((mouse.y - top) / cell, 0, rows - 1))
        widgets.say(state, f"row {row}, column {column}: {class_name(network, int(known.classes[row, column]))}")
    canvas, side = imgui.get_window_draw_list(), imgui.get_text_line_height() * 0.8
    with widgets.small_text():
        for index in np.argsort(-known.shares, kind="stable"):
            if known.shares[index] <= 0:
                break
            x, y = imgui.get_cursor_screen_pos()
            colour = widgets.u32((*(palette[index] / 255.0), 1.0))
            canvas.add_rect_filled((x, y + 2), (x + side, y + 2 + side), colour, 2.0)
            imgui.dummy((side, side))
            imgui.same_line()
            imgui.text(widgets.fit(class_name(network, int(index)), room.x * 0.6))
            share = per_cent(float(known.shares[index]))
            widgets.right_aligned(imgui.calc_text_size(share).x)
            imgui.text(share)


def _tables(known: Numbers) -> None:
    """Outputs of any other kind: their first values."""
    with widgets.small_text():
        for name, shape, values in known.tables:
            imgui.separator_text(name)
            widgets.faint(" \N{MULTIPLICATION SIGN} ".join(str(n) for n in shape) or "one number")
            imgui.push_text_wrap_pos(0.0)
            imgui.text_unformatted("   ".join(number(value, 5) for value in values[:60]))
            imgui.pop_text_wrap_pos()
