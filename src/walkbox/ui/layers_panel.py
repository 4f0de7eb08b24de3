"""The layers panel: every layer by name, a filter, a click to stand in front of one.

The filter is a box to type in; in a headset, where there are no keys, it is built of words to click.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from imgui_bundle import ImVec4, imgui

from walkbox.commands import Command, JumpToLayer, SelectMap
from walkbox.errors import nearest
from walkbox.graph import Layer, ModelGraph
from walkbox.ui import style, widgets
from walkbox.ui.state import UiState

__all__ = ["draw", "matching", "narrowed", "narrowing"]

WORD_ROWS, FEW = 3, 5
"""Rows of words to narrow the filter with, and so few layers that need none."""


def matching(graph: ModelGraph, wanted: str) -> list[Layer]:
    """The layers whose name, op or shape holds every word of *wanted*, whatever the case."""
    words = wanted.lower().split()
    if not words:
        return list(graph.layers)
    return [
        layer
        for layer in graph.layers
        if all(w in f"{layer.name} {layer.op} {layer.shape_text}".lower() for w in words)
    ]


def narrowing(wanted: str, found: Sequence[Layer]) -> list[str]:
    """Words that leave some of the *found* layers, and not all: the ops, then the next parts of their names.

    None for a few layers, and none for a single one: the list shows those.
    """
    if len(found) <= FEW:
        return []
    words = set(wanted.lower().split())
    ops = Counter(op for layer in found for op in dict.fromkeys(layer.op.split("+")))
    names = [layer.name.split(".") for layer in found]
    common = 0
    while names and all(len(n) > common + 1 and n[common] == names[0][common] for n in names):
        common += 1
    parts = Counter(".".join(n[: common + 1]) + "." for n in names if len(n) > common + 1)
    offered = [*ops.most_common(), *parts.items()]
    return [word for word, count in offered if 1 < count < len(found) and word.lower() not in words]


def narrowed(wanted: str, word: str) -> str:
    """The filter with one word more; it takes the place of those that it begins with (``layer1.`` of ``layer1.0.``)."""
    return " ".join([*(w for w in wanted.split() if not word.startswith(w)), word])


def _words(state: UiState, network: int, wanted: str, found: list[Layer]) -> None:
    """The words of the filter, which a click takes away, and as many that narrow it further as there is room for."""
    p = style.palette(state.settings.theme)
    words = wanted.split()
    offered = state.local.keep(("narrowing", network), (found,), lambda: narrowing(wanted, found))
    padding, spacing = 2 * imgui.get_style().frame_padding.x, imgui.get_style().item_spacing.x
    end = imgui.get_cursor_pos_x() + imgui.get_content_region_avail().x
    at, row = imgui.get_cursor_pos_x(), 0
    for index, word in enumerate((*words, *offered)):
        chosen = index < len(words)
        text = f"{word}  \N{MULTIPLICATION SIGN}" if chosen else word
        width = imgui.calc_text_size(text).x + padding
        if index and at + width > end:
            at, row = imgui.get_cursor_pos_x(), row + 1
            if row == WORD_ROWS:
                break
        elif index:
            imgui.same_line()
        if chosen:
            imgui.push_style_color(imgui.Col_.button, ImVec4(*p.active))
        if imgui.button(f"{text}##word {word}"):
            rest = [w for w in words if w != word]
            state.local.layer_filter = " ".join(rest) if chosen else narrowed(wanted, word)
        if chosen:
            imgui.pop_style_color()
        at += width + spacing


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    network = state.shown
    with widgets.panel(state, "layers", "Layers", commands) as seen:
        if not seen or network is None:
            return
        if not state.worn:
            imgui.set_next_item_width(-1)
            _, state.local.layer_filter = imgui.input_text_with_hint(
                "##filter", "Filter: conv 64, add, layer4", state.local.layer_filter
            )
        wanted = state.local.layer_filter
        found = state.local.keep(
            ("layers", network.id), (network.graph, wanted), lambda: matching(network.graph, wanted)
        )
        if state.worn:
            _words(state, network.id, wanted, found)
        with widgets.small_text():
            widgets.faint(f"{len(found)} of {len(network.graph.layers)} layers")
        if not found:
            widgets.faint(
                nearest(wanted, (layer.name for layer in network.graph.layers)) or "None holds all these words."
            )
            return
        imgui.begin_child("##list")
        at = state.scene.selected[1] if state.scene.selected is not None else None
        clipper = imgui.ListClipper()
        clipper.begin(len(found))
        while clipper.step():
            for index in range(clipper.display_start, clipper.display_end):
                _row(state, network.id, found[index], found[index].id == at, commands)
        clipper.end()
        imgui.end_child()


def _row(state: UiState, network: int, layer: Layer, selected: bool, commands: list[Command]) -> None:
    imgui.push_id(layer.id)
    with widgets.small_text():
        width, s = imgui.get_content_region_avail().x, state.scale
        height = imgui.get_frame_height() if state.worn else imgui.get_text_line_height()
        inset = (height - imgui.get_text_line_height()) / 2
        view = imgui.calc_text_size("view").x + (24 if state.worn else 12) * s
        shape = imgui.calc_text_size(layer.shape_text).x
        top = imgui.get_cursor_pos_y()
        if imgui.selectable("##jump", selected, imgui.SelectableFlags_.none, (width - view - 6 * s, height))[0]:
            commands.append(JumpToLayer(layer.id, network))
        widgets.tip(state, f"{layer.name}\n{layer.op}\n{layer.shape_text}\nClick to stand in front of it.")
        for x, text, faint in (
            (4 * s, widgets.fit(layer.name, width - view - shape - 26 * s), False),
            (width - view - shape - 10 * s, layer.shape_text, True),
        ):
            imgui.same_line(x)
            imgui.set_cursor_pos_y(top + inset)
            (imgui.text_disabled if faint else imgui.text)(text)
        imgui.same_line(width - view)
        imgui.set_cursor_pos_y(top)
        if imgui.button("view", (view, height)) if state.worn else imgui.small_button("view"):
            commands.append(SelectMap(layer.id, 0, network))
        widgets.tip(state, "Open its panel from here.")
    imgui.pop_id()
