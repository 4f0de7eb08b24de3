"""Places to stand and to look from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.geometry import walker_matrix
from walkbox.scene.network import Network

__all__ = ["entrance", "in_front_of", "overview"]

EYE_M = 1.65
CAPTION_M = 0.55  # room for the caption above a wall
LOWEST_EYE_M = 4.0
MARGIN = 0.94  # share of the field of view that a wall may fill
NEAREST_M = 0.9
STEEPEST = 0.6  # one looks up at the middle of a wall no more than so many metres for a metre, where the aisle allows


@dataclass(frozen=True)
class _View:
    """An overview: along a direction (yaw to the left, pitch up), with so many of the first walls in it."""

    yaw_deg: float
    pitch_deg: float
    walls: int


VIEWS = {"spiral": _View(25, -24, 6), "folded": _View(30, -26, 20), "stacked": _View(12, -12, 12)}
"""Overviews by layout; the others are seen as the linear one."""


def in_front_of(
    network: Network, layer: int, fov_deg: float = 62.0, aspect: float = 16 / 9
) -> tuple[np.ndarray, float, float, float]:
    """Where to stand to see a whole wall with its caption, or as much of it as the aisle allows.

    Args:
        network: in which network.
        layer: which of its walls.
        fov_deg: vertical field of view of the picture.
        aspect: its width / height.

    Returns:
        position (3,) on the floor, yaw and pitch in radians (world frame), and the distance to the wall in metres.
    """
    wall, scales = network.world_from_wall()[layer], _scales(network)
    width, height = network.arrangement.size[layer] * scales[layer]
    facing = wall[:3, 2] / scales[layer]
    floor = float(network.world_from_network[1, 3])
    low, high = (float(wall[1, 3]) - floor - EYE_M + h for h in (0.0, float(height) + CAPTION_M * scales[layer]))
    free = _free_before(network, layer)
    up = np.radians(fov_deg) / 2
    reach = np.geomspace(NEAREST_M, 200.0, 400)
    bottom, top = np.arctan2(low, reach), np.arctan2(high, reach)
    pitch = (bottom + top) / 2
    # The wall's corners that lie furthest from the view axis, in the slanted camera.
    depth = np.minimum(reach * np.cos(pitch) + low * np.sin(pitch), reach * np.cos(pitch) + high * np.sin(pitch))
    sideways = float(width) / 2 / np.maximum(depth, 1e-3)
    fits = (top - bottom <= 2 * up * MARGIN) & (depth > 0) & (sideways <= np.tan(up) * aspect * MARGIN)
    fits &= low + high <= 2 * STEEPEST * reach
    distance = min(float(reach[np.argmax(fits)] if fits.any() else reach[-1]), max(free - 0.4, NEAREST_M))
    pitch = (np.arctan2(low, distance) + np.arctan2(high, distance)) / 2
    position = (wall[:3, 3] + facing * distance).astype(np.float32)
    position[1] = floor
    return position, float(np.arctan2(facing[0], facing[2])), float(pitch), distance


def _scales(network: Network) -> np.ndarray:
    """(L,) metres of the world for a metre of each wall's own frame."""
    return np.linalg.norm(network.world_from_wall()[:, :3, 0], axis=1)


def _free_before(network: Network, layer: int) -> float:
    """Metres before a wall until something else hides it (another wall, or the input frame).

    What hangs above the wall, and above who stands before it, hides nothing.
    """
    poses, a, scales = network.world_from_wall(), network.arrangement, _scales(network)
    frame = network.world_from_network @ np.append(a.frame_position, 1).astype(np.float32)
    others = np.vstack([poses[:, :3, 3], frame[:3]]) - poses[layer, :3, 3]
    local = others @ poses[layer, :3, :3] / scales[layer]
    widths = np.append(a.size[:, 0] * scales, 1.2)
    eyes = EYE_M + float(network.world_from_network[1, 3] - poses[layer, 1, 3])
    top = max(float(a.size[layer, 1] * scales[layer]), eyes)
    before = (local[:, 2] > 0.05) & (np.abs(local[:, 0]) < (widths + widths[layer]) / 2) & (local[:, 1] < top)
    before[:-1] &= ~a.hidden
    before[layer] = False
    return float(local[before, 2].min()) if before.any() else np.inf


def entrance(network: Network) -> tuple[np.ndarray, float]:
    """Position on the floor and yaw (world frame) of who has just come in."""
    a, world = network.arrangement, network.world_from_network
    position = (world @ np.append(a.entrance, 1).astype(np.float32))[:3]
    return position, a.entrance_yaw + float(np.arctan2(world[0, 2], world[2, 2]))


def overview(network: Network, fov_deg: float = 62.0, aspect: float = 16 / 9) -> tuple[np.ndarray, np.ndarray]:
    """Eye and target of a view along the network from above its beginning.

    The first walls are near and can be read; the rest runs away to the horizon.
    """
    a, world = network.arrangement, network.world_from_network
    up = np.tan(np.radians(min(fov_deg, 120.0)) / 2)
    if a.layout in VIEWS:
        view = VIEWS[a.layout]
        eye, target = _framing(_beginning(network, view.walls), view.yaw_deg, view.pitch_deg, up, up * aspect)
    else:
        # Behind the hall, to the right, where the skips run; the first walls fill the middle.
        narrow = min(1.0, aspect / (16 / 9)) * up / np.tan(np.radians(31))
        first = float(a.extent[:, 0][a.depth == 0].max(initial=0.0))
        reach = float(np.clip(first / 3, 1.0, 3.0)) / narrow
        target = np.array([0.9, 1.2, float(a.bounds[1, 2]) - 6.2])
        eye = target + reach * np.array([4.6, 2.6, 8.2])
    both = np.stack([np.append(eye, 1), np.append(target, 1)]).astype(np.float32) @ world.T
    return both[0, :3].copy(), both[1, :3].copy()


def _beginning(network: Network, walls: int) -> np.ndarray:
    """(P, 3) corners of so many walls from the first row on, and of what stands at the entrance; network frame."""
    a = network.arrangement
    first = np.argsort(a.depth, kind="stable")[:walls]
    poses, (width, height) = a.network_from_wall()[first], a.size[first].T
    middle, right, up = poses[:, :3, 3], poses[:, :3, 0] * (width / 2)[:, None], poses[:, :3, 1] * height[:, None]
    (cosine, sine), hall = (np.cos(a.entrance_yaw), np.sin(a.entrance_yaw)), []
    for x, y, z in ((-2.5, 3.8, -5.2), (2.5, 3.8, -5.2), (0.0, 0.0, -5.2)):  # the title, and the floor below it
        hall.append(a.entrance + np.array([cosine * x + sine * z, y, cosine * z - sine * x]))
    return np.concatenate([middle - right, middle + right, middle - right + up, middle + right + up, np.array(hall)])


def _framing(
    points: np.ndarray, yaw_deg: float, pitch_deg: float, up: float, across: float
) -> tuple[np.ndarray, np.ndarray]:
    """Eye and target of the nearest view in a direction that has all *points* in it.

    *up* and *across* are the tangents of half the fields of view. An eye e sees a point p where
    ``|(p - e) . right| <= across (p - e) . ahead``, and the same upwards: half-spaces, whose corner is the eye.
    """
    pose = walker_matrix(np.zeros(3), np.radians(yaw_deg), np.radians(pitch_deg)).astype(np.float64)
    right, above, ahead = pose[:3, 0], pose[:3, 1], -pose[:3, 2]
    place, depth = np.zeros(2), []
    for axis, (side, tangent) in enumerate(((right, across * MARGIN), (above, up * MARGIN))):
        plus, minus = ((points @ (tangent * ahead + sign * side)).min() for sign in (1, -1))
        place[axis] = (plus - minus) / 2
        depth.append((plus + minus) / (2 * tangent))
    eye = right * place[0] + above * place[1] + ahead * min(depth)
    eye[1] = max(eye[1], LOWEST_EYE_M)
    return eye, eye + ahead * 10.0
