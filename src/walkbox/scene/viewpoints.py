"""Places to stand and to look from."""

from __future__ import annotations

import numpy as np

from walkbox.scene.network import Network

__all__ = ["entrance", "in_front_of", "overview"]

EYE_M = 1.65
CAPTION_M = 0.55  # room for the caption above a wall
MARGIN = 0.94  # share of the field of view that a wall may fill
NEAREST_M = 0.9


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
    high = a.bounds[1].astype(np.float64)
    narrow = min(1.0, aspect / (16 / 9)) * np.tan(np.radians(min(fov_deg, 120.0)) / 2) / np.tan(np.radians(31))
    if a.layout == "linear":
        # Behind the hall, to the right, where the skips run; the first walls fill the middle.
        first = float(a.size[:, 0][a.depth == 0].max(initial=0.0))
        reach = float(np.clip(first / 3, 1.0, 3.0)) / narrow
        target = np.array([0.9, 1.2, high[2] - 6.2])
        eye = target + reach * np.array([4.6, 2.6, 8.2])
    else:
        # Over the hall, from the right: the first quarter turn shows its maps from there, the rest its course.
        target = np.array([-4.6, 0.0, -12.0])
        eye = target + np.array([7.6, 5.8, 9.6]) / narrow
    both = np.stack([np.append(eye, 1), np.append(target, 1)]).astype(np.float32) @ world.T
    return both[0, :3].copy(), both[1, :3].copy()
