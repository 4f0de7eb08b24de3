"""The input frame: what the model sees, and what is found out about it."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from walkbox.findings import ReceptiveField, Segmentation
from walkbox.scene.furniture.legend import WIDTH_M, legend_board
from walkbox.scene.furniture.overlays import lit, masked
from walkbox.scene.furniture.places import placed
from walkbox.scene.network import Network
from walkbox.scene.scene import PictureQuad, Quad
from walkbox.scene.stand import BOARD, CALM, FRAME, Stand, moved, turned

__all__ = ["frame_picture", "input_frame", "input_legend"]

FRAME_PICTURE_M = 1.0
SEEN_NETWORKS = 1 << 16  # room for the ids of networks in a key
OVERLAID = 1 << 48  # where the keys of pictures with something laid over them begin
BOX: tuple[float, float, float, float] = (1.0, 0.62, 0.24, 1.0)
BOX_M = 0.006

Overlay = ReceptiveField | Segmentation

_overlaid: WeakKeyDictionary[Network, tuple[np.ndarray, Overlay, np.ndarray]] = WeakKeyDictionary()
"""For each network the picture, what was laid over it, and the pixels that came of it."""


def frame_picture(network: Network) -> Quad:
    """The rectangle of a network's input frame, where pictures are dropped."""
    a = network.arrangement
    return Quad(placed(network, a.frame_position, a.frame_yaw), (FRAME_PICTURE_M, FRAME_PICTURE_M), FRAME)


def input_frame(network: Network) -> Stand:
    """Two posts with what the model sees between them (the picture as it is until that is known), its name below."""
    a = network.arrangement
    edge, side = float(a.frame_position[1]), FRAME_PICTURE_M
    stand = Stand(moved(placed(network, a.frame_position, a.frame_yaw), 0, -edge, 0))
    for x in (-1, 1):
        stand.post(x * (side / 2 + 0.06), edge + side + 0.07)
    for y in (edge - 0.07, edge + side + 0.035):
        stand.rectangle(0, y, side + 0.17, 0.035, FRAME)
    stand.rectangle(0, edge - 0.035, side + 0.07, side + 0.07, BOARD)
    picture, name = network.picture, "the model's example"
    if picture is not None:
        name = _called(picture.name, picture.label)
    shown, overlay = _shown(network), _overlay(network)
    if shown is not None:
        key, pixels = shown
        if overlay is not None:
            key, pixels = -OVERLAID - network.id, _overlay_of(network, pixels, overlay)
        quad = stand.picture(0, edge, side, side, key, pixels)
        if isinstance(overlay, ReceptiveField):
            _outline(stand, quad, edge + (side - quad.size[1]) / 2, overlay)
    if shown is not None:
        stand.text(0, edge - 0.19, name, 0.06, anchor="centre", width=1.6)
    else:
        stand.text(0, edge + side / 2, "no picture yet", 0.05, colour=CALM, anchor="centre", width=side)
    return stand


def input_legend(network: Network) -> Stand | None:
    """Beside the frame, what the colours mean that are laid over the picture; None where none are."""
    overlay = _overlay(network)
    if not isinstance(overlay, Segmentation) or _shown(network) is None:
        return None
    a = network.arrangement
    frame = moved(placed(network, a.frame_position, a.frame_yaw), 0, -float(a.frame_position[1]), 0)
    along = FRAME_PICTURE_M / 2 + 0.2
    return legend_board(network, overlay, turned(frame, -along - WIDTH_M / 2 * 0.95, 0.85, 0.16, 0.35))


def _shown(network: Network) -> tuple[int, np.ndarray] | None:
    """Key and pixels of the picture in the frame."""
    if network.seen is not None:
        return _seen_key(network), network.seen
    return None if network.picture is None else (network.picture.id, network.picture.thumbnail)


def _overlay(network: Network) -> Overlay | None:
    """What is to be laid over the picture: what the value pointed at sees of it, else the classes of its pixels."""
    run = network.run if network.seen is None else network.seen_run
    found = network.findings.field, network.findings.segmentation
    return next((overlay for overlay in found if overlay is not None and overlay.run == run), None)


def _overlay_of(network: Network, pixels: np.ndarray, overlay: Overlay) -> np.ndarray:
    """The picture with that over it, made once."""
    known = _overlaid.get(network)
    if known is None or known[0] is not pixels or known[1] is not overlay:
        if isinstance(overlay, ReceptiveField):
            made = lit(pixels, overlay.strength)
        else:
            made = masked(pixels, overlay.classes, len(overlay.shares))
        known = _overlaid[network] = (pixels, overlay, made)
    return known[2]


def _outline(stand: Stand, quad: PictureQuad, foot: float, field: ReceptiveField) -> None:
    """A thin frame around all that can change the value."""
    (rows, columns), (width, height) = field.strength.shape, quad.size
    top, left, bottom, right = field.box
    if bottom <= top or right <= left:
        return
    x0, x1 = (width * (edge / columns - 0.5) for edge in (left, right))
    y0, y1 = (foot + height * (1 - edge / rows) for edge in (bottom, top))
    across, up = x1 - x0 + 2 * BOX_M, y1 - y0
    for y in (y0 - BOX_M, y1):
        stand.rectangle((x0 + x1) / 2, y, across, BOX_M, BOX, level=2)
    for x in (x0 - BOX_M / 2, x1 + BOX_M / 2):
        stand.rectangle(x, y0, BOX_M, up, BOX, level=2)


def _seen_key(network: Network) -> int:
    """A number no picture has, another one for each run of each network."""
    return -1 - (network.seen_run * SEEN_NETWORKS + network.id)


def _called(name: str, label: str) -> str:
    return f"{name} \N{MIDDLE DOT} {label}" if label and label.lower() not in name.lower() else name
