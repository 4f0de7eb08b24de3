"""A map of the network from above: where one stands, and a click to go elsewhere."""

from __future__ import annotations

import numpy as np
from imgui_bundle import imgui

from walkbox.commands import Command, JumpToLayer
from walkbox.scene.network import Network
from walkbox.scene.plan_view import PlanView
from walkbox.ui import style, widgets
from walkbox.ui.state import UiState

__all__ = ["draw"]

AROUND_M = 14.0
"""How far one sees around oneself where not all of it is shown."""


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    network = state.shown
    with widgets.panel(state, "where", "Where", commands) as seen:
        if not seen or network is None:
            return
        memory = state.local
        width = imgui.get_content_region_avail().x * 0.6
        chosen = widgets.segments(
            state, "Show", "Around you" if memory.around else "All", ("All", "Around you"), width, "How much of it."
        )
        memory.around = chosen == "Around you" if chosen else memory.around
        corner, room = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail()
        high = max(room.y - imgui.get_text_line_height_with_spacing(), 40 * state.scale)
        view = memory.plan.view(
            network,
            (corner.x, corner.y, room.x, high),
            state.spot,
            state.facing,
            AROUND_M if memory.around else None,
        )
        clicked = imgui.invisible_button("##map", (room.x, high))
        hovered = imgui.is_item_hovered()
        imgui.push_clip_rect(corner, (corner.x + room.x, corner.y + high), True)
        mouse = imgui.get_mouse_pos()
        under = view.layer_at(mouse.x, mouse.y, 10 * state.scale) if hovered else None
        _draw(state, network, view, under)
        imgui.pop_clip_rect()
        names = network.graph.layers
        with widgets.small_text():
            if under is not None:
                imgui.text(widgets.fit(f"Go to {names[under].name}", room.x))
            elif view.current >= 0:
                widgets.faint(widgets.fit(f"You stand at {names[view.current].name}", room.x))
        if clicked and under is not None:
            commands.append(JumpToLayer(under, network.id))


def _draw(state: UiState, network: Network, view: PlanView, under: int | None) -> None:
    p, s = style.palette(state.settings.theme), state.scale
    canvas = imgui.get_window_draw_list()
    for points, skip in zip(view.edges.tolist(), view.skip.tolist(), strict=True):
        colour = widgets.u32(p.warning if skip else p.faint, 0.5)
        canvas.add_polyline([imgui.ImVec2(x, y) for x, y in points], colour, 1.0 * s, 0)
    selected = state.scene.selected[1] if state.scene.selected is not None else None
    for layer, (start, end) in zip(view.layers.tolist(), view.walls.tolist(), strict=True):
        lit = layer in (under, selected)
        colour = p.accent if lit else p.good if layer == view.current else p.text
        canvas.add_line(start, end, widgets.u32(colour), (4.0 if lit or layer == view.current else 2.5) * s)
    x, y = (float(v) for v in view.frame)
    canvas.add_rect((x - 3 * s, y - 3 * s), (x + 3 * s, y + 3 * s), widgets.u32(p.accent), 0.0, 1.5 * s)
    spot, ahead = view.spot.astype(float), view.heading.astype(float)
    aside = np.array([-ahead[1], ahead[0]])
    tip, left, right = spot + 9 * s * ahead, spot - 5 * s * ahead - 5 * s * aside, spot - 5 * s * ahead + 5 * s * aside
    canvas.add_triangle_filled(tuple(tip), tuple(left), tuple(right), widgets.u32(p.error))
