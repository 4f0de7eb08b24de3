"""Hands, controllers and boards for tests and pictures of what is visible of a person."""

from __future__ import annotations

import numpy as np

from walkbox.geometry import matrix_from_pose
from walkbox.scene.presence import Arc, Presence, Ray, VisibleHand

# A right hand, palm down, fingers along -z: knuckle, base of the metacarpal, lengths of the bones.
FINGERS = (
    ((-0.027, 0.000, -0.090), (-0.014, 0.000, -0.030), (0.042, 0.025, 0.021)),
    ((-0.006, 0.003, -0.093), (-0.004, 0.002, -0.030), (0.046, 0.028, 0.022)),
    ((0.014, 0.001, -0.087), (0.007, 0.001, -0.030), (0.042, 0.026, 0.022)),
    ((0.032, -0.004, -0.078), (0.017, -0.002, -0.030), (0.033, 0.020, 0.020)),
)
THUMB = ((-0.020, -0.008, -0.024), (-0.048, -0.014, -0.052), (-0.061, -0.018, -0.082), (-0.066, -0.022, -0.107))


def joints(world_from_wrist: np.ndarray, bend: tuple[float, float, float, float] = (0.1, 0.3, 0.4, 0.5), left=False):
    """(26, 4) float32 in XrHandJointEXT order; *bend* in radians a joint, for each finger."""
    made = np.zeros((26, 4))
    made[0], made[1] = (0.002, 0, -0.055, 0.022), (0, 0, 0, 0.019)
    made[2:6, :3], made[2:6, 3] = THUMB, (0.013, 0.0115, 0.0100, 0.0085)
    for finger, (knuckle, base, lengths) in enumerate(FINGERS):
        at = 6 + 5 * finger
        made[at], made[at + 1] = (*base, 0.0115), (*knuckle, 0.0108)
        place, angle = np.array(knuckle), 0.0
        for k, length in enumerate(lengths):
            angle += bend[finger]
            place = place + length * np.array([0, -np.sin(angle), -np.cos(angle)])
            made[at + 2 + k] = (*place, (0.0095, 0.0085, 0.0075)[k])
    if left:
        made[:, 0] *= -1
    scale = np.linalg.norm(world_from_wrist[:3, 0])
    made[:, :3] = made[:, :3] @ world_from_wrist[:3, :3].T + world_from_wrist[:3, 3]
    made[:, 3] *= scale
    return made.astype(np.float32)


def pose(x: float, y: float, z: float, yaw: float = 0.0, pitch: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """4x4 float32: turned left by *yaw*, up by *pitch*."""
    turn = matrix_from_pose(np.zeros(3), np.array([0, np.sin(yaw / 2), 0, np.cos(yaw / 2)]))
    turn = turn @ matrix_from_pose(np.zeros(3), np.array([np.sin(pitch / 2), 0, 0, np.cos(pitch / 2)]))
    turn[:3, :3] *= scale
    turn[:3, 3] = x, y, z
    return turn


def thrown(start: np.ndarray, direction: np.ndarray, speed: float = 7.0, ground: float = 0.0) -> np.ndarray:
    """(N, 3) points of a ball's flight down to the ground."""
    fall = 9.81 / 2
    seconds = (speed * direction[1] + np.sqrt((speed * direction[1]) ** 2 + 4 * fall * (start[1] - ground))) / (
        2 * fall
    )
    t = np.linspace(0, seconds, 40)[:, None]
    return (start + speed * direction * t - [[0, fall, 0]] * t * t).astype(np.float32)


def controller(name: str, world_from_grip: np.ndarray, trigger: float = 0.0) -> VisibleHand:
    return VisibleHand(name, world_from_grip.astype(np.float32), None, trigger)


def tracked(name: str, world_from_wrist: np.ndarray, trigger: float = 0.0, **bend) -> VisibleHand:
    return VisibleHand(
        name, world_from_wrist.astype(np.float32), joints(world_from_wrist, left=name == "left", **bend), trigger
    )


def ray(origin, end, hit: bool = True, pressed: bool = False) -> Ray:
    return Ray(np.array(origin, np.float32), np.array(end, np.float32), hit, pressed)


def arc(start, direction, good: bool = True) -> Arc:
    points = thrown(np.array(start), np.array(direction) / np.linalg.norm(direction))
    landing = pose(*points[-1], yaw=0.5)
    return Arc(points, landing, good)


__all__ = ["Presence", "arc", "controller", "joints", "pose", "ray", "thrown", "tracked"]
