"""Which maps hang on the wall, and in which order."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import Command, SelectMap, SetChannels
from walkbox.graph import Layer
from walkbox.scene.channels import PAGE, SORTS, ChannelView
from walkbox.scene.network import Network
from walkbox.ui import icons, widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import number, per_cent

__all__ = ["draw"]

SAID = {
    "channel": "as the model has them",
    "mean": "largest mean first",
    "maximum": "largest maximum first",
    "variance": "largest variance first",
    "similarity": "most like this map first",
}
FIRST = 12
"""So many of the first maps are listed."""


def draw(state: UiState, network: Network, layer: Layer, channel: int, commands: list[Command]) -> None:
    """Draw it."""
    one = state.scene.setup.networks.get(network.id)
    view = one.channels.get(layer.name, ChannelView()) if one is not None else ChannelView()
    width = imgui.get_content_region_avail().x * 0.68
    wanted = SetChannels(layer.id, view.sort, view.like, view.dead, view.page, network.id)
    now = wanted
    said = {text: name for name, text in SAID.items() if name in SORTS}
    chosen = widgets.choice(state, "Sorted", SAID[view.sort], tuple(said), width, "How the maps follow one another.")
    if chosen is not None:
        wanted = _changed(wanted, sort=said[chosen], like=channel, page=min(view.page, 0))
    known = network.statistics[layer.id]
    dead = 0 if known is None else int((known.map_zeros >= 1).sum())
    text = f"Hide the {dead} dead map{'s' * (dead != 1)}" if dead else "Hide dead maps"
    imgui.begin_disabled(not dead and view.dead)
    clicked, hide = imgui.checkbox(text, not view.dead)
    imgui.end_disabled()
    widgets.tip(state, "Those that are zero everywhere for this picture.")
    if clicked:
        wanted = _changed(wanted, dead=not hide, page=min(view.page, 0))
    order = network.orders.get(layer.id)
    if layer.maps.count > PAGE:
        wanted = _pages(state, layer, view, wanted, width)
    if wanted != now:
        commands.append(wanted)
    if view != ChannelView() and imgui.button(f"{icons.RESET}  As the model has them", (-1, 0)):
        commands.append(SetChannels(layer.id, network=network.id))
    shown = layer.maps.count if order is None else len(order)
    with widgets.small_text():
        widgets.faint(f"{shown} of {layer.maps.count} maps hang on the wall. The first of them:")
        first = range(min(FIRST, shown)) if order is None else order[:FIRST].tolist()
        if known is not None and imgui.begin_table("##first", 5, imgui.TableFlags_.sizing_stretch_prop):
            _row("channel", "mean", "maximum", "std", "zeros", faint=True)
            for at in first:
                imgui.table_next_row()
                imgui.table_next_column()
                if imgui.selectable(f"{at}##{at}", at == channel, imgui.SelectableFlags_.span_all_columns)[0]:
                    commands.append(SelectMap(layer.id, int(at), network.id))
                values = (known.map_mean, known.map_maximum, known.map_std)
                for text in (*(number(v[at], 3) for v in values), per_cent(known.map_zeros[at])):
                    imgui.table_next_column()
                    imgui.text(text)
            imgui.end_table()


def _pages(state: UiState, layer: Layer, view: ChannelView, wanted: SetChannels, width: float) -> SetChannels:
    """All at once, or a page at a time."""
    pages = -(-layer.maps.count // PAGE)
    all_of_them = widgets.segments(
        state, "Shown", "All" if view.page < 0 else "A page", ("All", "A page"), width, f"A page has {PAGE} maps."
    )
    if all_of_them:
        return _changed(wanted, page=-1 if all_of_them == "All" else max(view.page, 0))
    if view.page >= 0:
        widgets.label(state, "Page", width, f"{PAGE} maps each")
        changed, page = imgui.slider_int("##page", view.page + 1, 1, pages, f"%d of {pages}")
        if changed:
            return _changed(wanted, page=min(max(page, 1), pages) - 1)
    return wanted


def _changed(
    command: SetChannels,
    sort: str | None = None,
    like: int | None = None,
    dead: bool | None = None,
    page: int | None = None,
) -> SetChannels:
    return SetChannels(
        command.layer,
        command.sort if sort is None else sort,
        command.like if like is None else like,
        command.dead if dead is None else dead,
        command.page if page is None else page,
        command.network,
    )


def _row(*texts: str, faint: bool) -> None:
    imgui.table_next_row()
    for text in texts:
        imgui.table_next_column()
        (imgui.text_disabled if faint else imgui.text)(text)
