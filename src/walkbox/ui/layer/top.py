"""The pictures of the data set that excite a channel most."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import CancelTask, Command, FindTop, PlacePicture
from walkbox.findings import FINDING_TOP
from walkbox.graph import Layer
from walkbox.scene.network import Network
from walkbox.ui import icons, style, widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import number

__all__ = ["draw"]

COLUMNS = 3


def draw(state: UiState, network: Network, layer: Layer, channel: int, commands: list[Command]) -> None:
    """Draw it."""
    found = network.findings.top.get(layer.id)
    running = any(job.task == FINDING_TOP and job.network == network.id for job in state.progress)
    if found is None:
        widgets.faint(
            f"Which pictures of the data set make each of the {layer.maps.count} maps largest, and where? Every"
            " picture is run once, in the background; the answer is kept on disk."
        )
    if running:
        if imgui.button(f"{icons.CLOSE}  Stop looking", (-1, 0)):
            commands.append(CancelTask(FINDING_TOP, network.id))
    elif (found is None or found.done < found.total) and imgui.button(f"{icons.TOP}  Look for them", (-1, 0)):
        commands.append(FindTop(layer.id, network.id))
    if found is None or channel >= len(found.channels):
        return
    with widgets.small_text():
        widgets.faint(f"Channel {channel}, of {found.done:,} of {found.total:,} pictures. A click places one.")
    s, p = state.scale, style.palette(state.settings.theme)
    gap = 6 * s
    side = (imgui.get_content_region_avail().x - gap * (COLUMNS - 1)) / COLUMNS
    for index, one in enumerate(found.channels[channel]):
        if index % COLUMNS:
            imgui.same_line(0, gap)
        imgui.begin_group()
        if widgets.thumbnail(state, one.entry, side, f"##top {index}"):
            commands.append(PlacePicture(one.entry, network.id))
        low, far = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        top, left, bottom, right = one.box
        if right > left and bottom > top:
            across, down = far.x - low.x, far.y - low.y
            imgui.get_window_draw_list().add_rect(
                (low.x + left * across, low.y + top * down),
                (low.x + right * across, low.y + bottom * down),
                widgets.u32(p.warning),
                0.0,
                1.5 * s,
            )
        widgets.tip(
            state,
            f"{state.scene.shelf.name(one.entry)} {state.scene.shelf.label_of(one.entry)}\n"
            f"{number(one.value, 6)} at row {one.row}, column {one.column}",
        )
        with widgets.small_text():
            imgui.text(number(one.value, 4))
        imgui.end_group()
