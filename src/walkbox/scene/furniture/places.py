"""Where furniture stands: poses that hang on a network's arrangement."""

from __future__ import annotations

import numpy as np

from walkbox.geometry import yaw_matrices
from walkbox.scene.network import Network

__all__ = ["floor_below", "hall", "placed"]


def placed(network: Network, position: np.ndarray, yaw: float) -> np.ndarray:
    """World pose of a place in the network's frame, turned left about +y."""
    return network.world_from_network @ yaw_matrices(position[None], np.array([yaw]))[0]


def hall(network: Network) -> np.ndarray:
    """The floor where one comes in, +z back to the door; the hall is furnished from there."""
    return placed(network, network.arrangement.entrance, network.arrangement.entrance_yaw)


def floor_below(network: Network, pose: np.ndarray) -> float:
    """Where the floor is, in a pose that stands above it."""
    return float(network.world_from_network[1, 3] - pose[1, 3])
