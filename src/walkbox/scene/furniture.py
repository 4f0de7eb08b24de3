"""What stands around the walls: title, input frame, shelf, boards, captions; all of it as data."""

from __future__ import annotations

import textwrap

import numpy as np

from walkbox.geometry import yaw_matrices
from walkbox.layout.walls import has_names, label_width
from walkbox.scene.network import Network
from walkbox.scene.scene import PictureQuad, Quad, Scene, Text
from walkbox.scene.stand import BOARD, CALM, FRAME, INK, LIGHT, Stand, moved, turned

__all__ = ["frame_picture", "furniture", "layer_texts", "posts", "shelf_pictures"]

FRAME_PICTURE_M = 1.0
SHELF_PICTURE_M = 0.34
SHELF_CELL_M = (0.40, 0.46)
SHELF_EDGE_M = 0.55
SHELF_SHOWN = 40
CAPTION_M = 0.12  # from a wall's upper edge to the base line of its caption
TITLE_M, TITLE_ALONG_M = 3.3, 5.2
TOP = 10
SEEN_NETWORKS = 1 << 16  # room for the ids of networks in a key
RIGHT_RGBA = (0.16, 0.62, 0.33, 1.0)
ERROR_RGBA = (0.95, 0.36, 0.30, 1.0)
ERROR_BOARD_RGBA = (0.10, 0.018, 0.016, 1.0)


def furniture(scene: Scene) -> tuple[list[Text], list[Quad], list[PictureQuad]]:
    """Everything but the maps, their captions, their posts and the edges.

    Depends on ``scene.furniture_revision`` and on each network's ``placement_revision``.
    """
    stands = [stand for network in scene.networks.values() for stand in _stands(network)]
    if scene.networks:
        stands.append(_shelf(scene))
    texts = [text for stand in stands for text in stand.texts]
    quads = [quad for stand in stands for quad in stand.quads]
    pictures = [picture for stand in stands for picture in stand.pictures]
    return texts, quads, pictures


def shelf_pictures(scene: Scene) -> list[tuple[int, PictureQuad]]:
    """(picture id, where it stands) of what is shown on the shelf."""
    return [(p.key, p) for p in _shelf(scene).pictures] if scene.networks else []


def frame_picture(network: Network) -> Quad:
    """The rectangle of a network's input frame, where pictures are dropped."""
    a = network.arrangement
    return Quad(_pose(network, a.frame_position, a.frame_yaw), (FRAME_PICTURE_M, FRAME_PICTURE_M), FRAME)


def layer_texts(network: Network) -> list[Text]:
    """Captions above each wall: its name, and smaller its op and shape; names of classes under an output's cells.

    Depends on ``text_revision`` and ``placement_revision``. No caption is wider than its wall (or than the room that
    the layout keeps for it above a narrow one), none reaches down to the maps.
    """
    poses, size = network.world_from_wall(), network.arrangement.size
    widths = label_width(size)
    texts = []
    for layer in network.graph.layers:
        width, top = float(widths[layer.id]), float(size[layer.id, 1])
        large, small = _capitals(width)
        fact = f"{layer.op} \N{MIDDLE DOT} {layer.shape_text}"
        above = moved(poses[layer.id], -width / 2, top + CAPTION_M, 0)
        texts.append(Text(layer.name, moved(above, 0, 1.9 * small, 0), large, INK, "left", width))
        texts.append(Text(fact, above, small, CALM, "left", width))
        if has_names(layer) and len(network.classes) == layer.maps.count:
            texts += _class_names(network, layer.id, poses[layer.id])
    return texts


def _capitals(width: float) -> tuple[float, float]:
    """Heights of the capital letters in the two lines of a caption *width* metres wide."""
    large = min(max(0.045 * width, 0.1), 0.2)
    return large, 0.6 * large


def _class_names(network: Network, layer: int, pose: np.ndarray) -> list[Text]:
    a = network.arrangement
    (_, height), (across, down) = a.map_size[layer], a.pitch[layer]
    centres = a.map_centres(layer, len(network.classes))
    capital, base = 0.26 * (down - height), height / 2 + 0.62 * (down - height)
    return [
        Text(name, moved(pose, float(x), float(y - base), 0.003), float(capital), CALM, "centre", float(0.94 * across))
        for name, (x, y) in zip(network.classes, centres, strict=True)
    ]


def posts(network: Network) -> list[Quad]:
    """Two thin posts under each wall. Depends on ``placement_revision``."""
    poses, a = network.world_from_wall(), network.arrangement
    quads = []
    for side in (-1, 1):
        offset = np.stack([side * (a.size[:, 0] / 2 - 0.03), -a.position[:, 1], np.full(len(poses), -0.02)], axis=1)
        feet = poses.copy()
        feet[:, :3, 3] += np.einsum("nij,nj->ni", poses[:, :3, :3], offset)
        quads += [Quad(foot, (0.03, float(y)), FRAME) for foot, y in zip(feet, a.position[:, 1], strict=True)]
    return quads


def _pose(network: Network, position: np.ndarray, yaw: float) -> np.ndarray:
    return network.world_from_network @ yaw_matrices(position[None], np.array([yaw]))[0]


def _hall(network: Network) -> np.ndarray:
    """The floor where one comes in, +z back to the door; the hall is furnished from there."""
    return _pose(network, network.arrangement.entrance, network.arrangement.entrance_yaw)


def _stands(network: Network) -> list[Stand]:
    stands = [_input_frame(network), _title(network)]
    if network.prediction is not None:
        a = network.arrangement
        stands.append(_result(network, turned(_hall(network), -3.35, 0.62, -4.5, 0.72), 1.0))
        stands.append(_result(network, _pose(network, a.end_position, a.end_yaw), 1.7))
    if network.error is not None:
        stands.append(_error(network))
    return stands


def _input_frame(network: Network) -> Stand:
    """Two posts with what the model sees between them (the picture as it is until that is known), its name below."""
    a = network.arrangement
    edge, side = float(a.frame_position[1]), FRAME_PICTURE_M
    stand = Stand(moved(_pose(network, a.frame_position, a.frame_yaw), 0, -edge, 0))
    for x in (-1, 1):
        stand.post(x * (side / 2 + 0.06), edge + side + 0.07)
    for y in (edge - 0.07, edge + side + 0.035):
        stand.rectangle(0, y, side + 0.17, 0.035, FRAME)
    stand.rectangle(0, edge - 0.035, side + 0.07, side + 0.07, BOARD)
    picture, name = network.picture, "the model's example"
    if picture is not None:
        name = _called(picture.name, picture.label)
    if network.seen is not None:
        stand.picture(0, edge, side, side, _seen_key(network), network.seen)
    elif picture is not None:
        stand.picture(0, edge, side, side, picture.id, picture.thumbnail)
    if network.seen is not None or picture is not None:
        stand.text(0, edge - 0.19, name, 0.06, anchor="centre", width=1.6)
    else:
        stand.text(0, edge + side / 2, "no picture yet", 0.05, colour=CALM, anchor="centre", width=side)
    return stand


def _seen_key(network: Network) -> int:
    """A number no picture has, another one for each run of each network."""
    return -1 - (network.seen_run * SEEN_NETWORKS + network.id)


def _title(network: Network) -> Stand:
    """The model's title, high over the way in."""
    stand = Stand(moved(_hall(network), 0, 0, -TITLE_ALONG_M))
    stand.text(0, TITLE_M, network.title, 0.26, anchor="centre", width=5.0)
    stand.text(0, TITLE_M - 0.2, _facts(network), 0.085, colour=CALM, anchor="centre", width=5.0)
    return stand


def _down(network: Network, pose: np.ndarray) -> float:
    """Where the floor is, in a pose that stands above it."""
    return float(network.world_from_network[1, 3] - pose[1, 3])


def _facts(network: Network) -> str:
    layers, maps = len(network.graph.layers), network.graph.maps_total
    return f"{layers:,} layer{'s' * (layers != 1)} \N{MIDDLE DOT} {maps:,} map{'s' * (maps != 1)}"


def _called(name: str, label: str) -> str:
    return f"{name} \N{MIDDLE DOT} {label}" if label and label.lower() not in name.lower() else name


def _shelf(scene: Scene) -> Stand:
    """The pictures one can place, beside the first network's entrance; the newest when there are too many."""
    network = next(iter(scene.networks.values()))
    shown = scene.shelf[-SHELF_SHOWN:]
    columns = max(3, min(len(shown), 4) if len(shown) <= 8 else -(-len(shown) // 4))
    rows = -(-len(shown) // columns)
    width, height = columns * SHELF_CELL_M[0] + 0.1, rows * SHELF_CELL_M[1] + 0.36
    yaw = -0.72
    near = np.array([1.6, -4.6]) + width / 2 * np.array([np.cos(yaw), -np.sin(yaw)])
    stand = Stand(turned(_hall(network), float(near[0]), 0.0, float(near[1]), yaw))
    if not shown:
        return stand
    for x in (-1, 1):
        stand.post(x * (width / 2 - 0.1), SHELF_EDGE_M, width=0.04)
    stand.rectangle(0, SHELF_EDGE_M, width, height, BOARD)
    hidden = len(scene.shelf) - len(shown)
    title = f"Pictures (the newest of {len(scene.shelf)})" if hidden else "Pictures"
    stand.text(-width / 2 + 0.08, SHELF_EDGE_M + height - 0.18, title, 0.085, width=width - 0.16)
    for index, id in enumerate(shown):
        picture, (row, column) = scene.pictures[id], divmod(index, columns)
        x = (column - (columns - 1) / 2) * SHELF_CELL_M[0]
        y = SHELF_EDGE_M + height - 0.26 - (row + 1) * SHELF_CELL_M[1]
        stand.picture(x, y + 0.1, SHELF_PICTURE_M, SHELF_PICTURE_M, id, picture.thumbnail)
        place = index + hidden + 1
        words = (f"{place}  " if place <= 9 else "") + (picture.label or picture.name)
        stand.text(x, y + 0.045, words, 0.034, anchor="centre", width=0.37)
    return stand


def _result(network: Network, pose: np.ndarray, scale: float) -> Stand:
    """The classes that the model holds most likely, with bars; the picture's own label in green where it is one."""
    assert network.prediction is not None
    probabilities = network.prediction.probabilities
    best = np.argsort(-probabilities, kind="stable")[:TOP]
    width, line = 1.7 * scale, 0.145 * scale
    height = (len(best) + 2.2) * line
    stand = Stand(pose)
    for x in (-1, 1):
        stand.post(x * (width / 2 - 0.1), 0.0, floor=_down(network, pose), width=0.04)
    stand.rectangle(0, 0, width, height, BOARD)
    left, inner = -width / 2 + 0.09 * scale, width - 0.18 * scale
    stand.text(left, height - 1.35 * line, "Classification", 0.085 * scale, width=inner)
    label = network.picture.label if network.picture is not None else ""
    for place, index in enumerate(best):
        y = height - (place + 2.5) * line
        share = float(probabilities[index])
        share = min(max(share, 0.0), 1.0) if np.isfinite(share) else 0.0
        name = network.classes[index] if index < len(network.classes) else f"class {index}"
        colour = RIGHT_RGBA if label and name == label else LIGHT
        ink = INK if place == 0 else CALM
        stand.text(left, y, name, 0.058 * scale, colour=ink, width=0.74 * inner)
        stand.text(left + inner, y, f"{100 * share:.1f} %", 0.058 * scale, colour=ink, anchor="right")
        stand.rectangle(0, y - 0.045 * scale, inner, 0.016 * scale, FRAME, level=1)
        bar = max(inner * share, 0.002)
        stand.rectangle(left + bar / 2, y - 0.045 * scale, bar, 0.016 * scale, colour, level=2)
    return stand


def _error(network: Network) -> Stand:
    """What the model raised, before the first wall that got no values; at the end where there is no such wall."""
    assert network.error is not None
    a, layer = network.arrangement, -1 if network.error_layer is None else network.error_layer
    if network.graph.error is None and layer + 1 < len(a.position):
        layer += 1
        pose = moved(network.world_from_wall()[layer], 0, 0.75 - float(a.position[layer, 1]), 0.4)
    else:
        pose = _pose(network, a.end_position, a.end_yaw)
    lines = textwrap.wrap(network.error, 52)[:14]
    width, line = 2.2, 0.095
    height = (len(lines) + 3) * line
    stand = Stand(pose)
    for x in (-1, 1):
        stand.post(x * (width / 2 - 0.1), 0.0, floor=_down(network, pose), width=0.04)
    stand.rectangle(0, 0, width, height, ERROR_BOARD_RGBA)
    stand.text(-width / 2 + 0.1, height - 0.19, "The model stopped here", 0.085, colour=ERROR_RGBA, width=width - 0.2)
    for index, words in enumerate(lines):
        stand.text(-width / 2 + 0.1, height - 0.34 - index * line, words, 0.048, width=width - 0.2)
    return stand
