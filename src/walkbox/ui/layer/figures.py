"""The numbers of a layer: histograms, whose lines are the ends of its colours, and statistics."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import Command, SetLimits
from walkbox.graph import Layer
from walkbox.messages import LayerStatistics
from walkbox.scene.network import Network
from walkbox.ui import icons, style, widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import number, per_cent

__all__ = ["draw"]


def draw(state: UiState, network: Network, layer: Layer, channel: int, height: float, commands: list[Command]) -> None:
    """Histograms, which are *height* points high, and statistics."""
    _histograms(state, network, layer, channel, height, commands)
    _statistics(network, layer, channel)


def _known(network: Network, layer: Layer) -> LayerStatistics | None:
    """The newest statistics there are; the exact ones of a reading where both are of one run."""
    reading, known = network.readings.get(layer.id), network.statistics[layer.id]
    if reading is None or (known is not None and known.run > reading.run):
        return known
    return reading.statistics


def _histograms(
    state: UiState, network: Network, layer: Layer, channel: int, height: float, commands: list[Command]
) -> None:
    known = _known(network, layer)
    if known is None:
        return
    p, s = style.palette(state.settings.theme), state.scale
    weights = known.weight_histogram is not None and known.weight_edges is not None
    spacing = imgui.get_style().item_spacing.x
    width = imgui.get_content_region_avail().x
    each = (width - spacing) / 2 if weights else width
    mean = float(known.map_mean[channel]) if channel < len(known.map_mean) else None
    imgui.begin_group()
    set_by_hand = layer.id in network.limits
    with widgets.small_text():
        widgets.faint("Activations" if set_by_hand or weights else "Activations of the layer")
        if set_by_hand:
            right = imgui.get_text_line_height() * 1.6
            imgui.same_line(each - right)
            if imgui.small_button(f"{icons.RESET}##limits"):
                commands.append(SetLimits(layer.id, None, None, network.id))
            widgets.tip(state, "Colours as the display panel says")
    low, high = (float(v) for v in network.ranges()[layer.id])
    moved = widgets.histogram(
        state, "activations", known.histogram, known.edges, p.accent, (each, height * s), mark=mean, limits=(low, high)
    )
    if moved is not None:
        low, high, done = moved
        commands.append(SetLimits(layer.id, low, high, network.id, done))
    imgui.end_group()
    if weights:
        imgui.same_line()
        imgui.begin_group()
        with widgets.small_text():
            widgets.faint("Weights")
        assert known.weight_histogram is not None and known.weight_edges is not None
        widgets.histogram(state, "weights", known.weight_histogram, known.weight_edges, p.good, (each, height * s))
        imgui.end_group()


def _statistics(network: Network, layer: Layer, channel: int) -> None:
    known = _known(network, layer)
    if known is None:
        with widgets.small_text():
            widgets.faint("The statistics are being worked out." if network.run else "")
        return
    rows = [
        ("minimum", known.map_minimum, known.minimum, number),
        ("mean", known.map_mean, known.mean, number),
        ("maximum", known.map_maximum, known.maximum, number),
        ("standard deviation", known.map_std, known.std, number),
        ("zeros", known.map_zeros, known.zeros, per_cent),
        ("NaN and Inf", known.map_nans, known.nans, per_cent),
    ]
    flags = imgui.TableFlags_.sizing_stretch_prop | imgui.TableFlags_.row_bg
    with widgets.small_text():
        if imgui.begin_table("statistics", 3, flags):
            imgui.table_setup_column("name", 0, 1.5)
            imgui.table_setup_column("one", 0, 1)
            imgui.table_setup_column("layer", 0, 1)
            _row("", "map" if layer.maps.kind not in ("strip", "scalar") else "output", "layer")
            for name, of_maps, of_layer, said in rows:
                _row(name, said(of_maps[channel]) if channel < len(of_maps) else "", said(of_layer))
            for name, at in (("1st percentile", 0), ("median", 3), ("99th percentile", 6)):
                _row(name, "", number(known.percentiles[at]))
            imgui.end_table()


def _row(name: str, of_map: str, of_layer: str) -> None:
    imgui.table_next_row()
    imgui.table_next_column()
    imgui.text_disabled(name)
    for text in (of_map, of_layer):
        imgui.table_next_column()
        imgui.text(text)
