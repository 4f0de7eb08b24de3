"""The model's title."""

from __future__ import annotations

from walkbox.scene.furniture.places import hall
from walkbox.scene.network import Network
from walkbox.scene.stand import CALM, Stand, moved

__all__ = ["title_stand"]

TITLE_M, TITLE_ALONG_M = 3.3, 5.2


def title_stand(network: Network) -> Stand:
    """The model's title, high over the way in."""
    stand = Stand(moved(hall(network), 0, 0, -TITLE_ALONG_M))
    stand.text(0, TITLE_M, network.title, 0.26, anchor="centre", width=5.0)
    stand.text(0, TITLE_M - 0.2, _facts(network), 0.085, colour=CALM, anchor="centre", width=5.0)
    return stand


def _facts(network: Network) -> str:
    layers, maps = len(network.graph.layers), network.graph.maps_total
    return f"{layers:,} layer{'s' * (layers != 1)} \N{MIDDLE DOT} {maps:,} map{'s' * (maps != 1)}"
