"""What the shape of a bare hand means: how far it pinches, how far it is a fist, where it holds and where it points.

All from the positions of its joints. Joints are (26, 4) float32 positions and radii in XrHandJointEXT order, in metres
of the person, in whichever frame they were located; poses come out in the same frame. Plain numbers instead of small
arrays: ten times as fast.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["aim_pose", "fist", "grip_pose", "pinch"]

# Places in XrHandJointEXT.
_PALM, _WRIST, _THUMB_TIP, _INDEX_KNUCKLE, _INDEX_TIP, _MIDDLE_KNUCKLE, _LITTLE_KNUCKLE = 0, 1, 5, 7, 10, 12, 22
_OTHER_TIPS = (15, 20, 25)

# The ray leans from the line of the hand towards its palm: a hand that points is bent back at the wrist.
_LEAN_RAD = math.radians(20)


def pinch(joints: np.ndarray) -> float:
    """0..1: thumb and forefinger are 5 cm (0) to 1 cm (1) apart, measured between the middles of their tips.

    In a fist they touch as well: what counts as one counts no longer as a pinch.
    """
    apart = _distance(joints, _THUMB_TIP, _INDEX_TIP)
    return _share(apart, 0.05, 0.01) * _share(fist(joints), 0.85, 0.55)


def fist(joints: np.ndarray) -> float:
    """0..1: how near the tips of the other three fingers are to the palm (on average 8 cm: 0, 4 cm: 1)."""
    return _share(sum(_distance(joints, tip, _PALM) for tip in _OTHER_TIPS) / 3, 0.08, 0.04)


def grip_pose(joints: np.ndarray, left: bool) -> np.ndarray:
    """4x4 float32 of what the hand holds, as OpenXR's grip pose lies in it: -z from the little finger to the thumb."""
    right, up, back = _axes(joints, left)
    side = -1.0 if left else 1.0
    return _pose([side * v for v in up], back, [side * v for v in right], joints[_PALM])


def aim_pose(joints: np.ndarray, left: bool) -> np.ndarray:
    """4x4 float32 of the ray: it leaves the forefinger's knuckle along -z.

    Joints that a pinch moves have no say, so that pinching does not throw the ray off. Known implementations draw it
    through the same knuckle from a guessed shoulder (``HandRay`` of Microsoft's Mixed Reality Toolkit) or from between
    wrist and shoulder (``WristShoulderHandRay`` of Ultraleap); here no body is guessed, the line of the hand leads.
    """
    right, up, back = _axes(joints, left)
    c, s = math.cos(_LEAN_RAD), math.sin(_LEAN_RAD)
    leaning_up = [c * u - s * b for u, b in zip(up, back, strict=True)]
    leaning_back = [c * b + s * u for u, b in zip(up, back, strict=True)]
    return _pose(right, leaning_up, leaning_back, joints[_INDEX_KNUCKLE])


def _distance(joints: np.ndarray, a: int, b: int) -> float:
    return math.dist(joints[a, :3].tolist(), joints[b, :3].tolist())


def _share(value: float, zero: float, one: float) -> float:
    """How far *value* is on its way from *zero* to *one*, 0..1."""
    return min(max((zero - value) / (zero - one), 0.0), 1.0)


def _axes(joints: np.ndarray, left: bool) -> tuple[list[float], list[float], list[float]]:
    """Unit vectors of the flat of the hand: to the right of a hand laid palm down, out of its back, to the wrist.

    From the wrist and the knuckles only: fingers may do what they like.
    """
    wrist, index, middle, little = joints[[_WRIST, _INDEX_KNUCKLE, _MIDDLE_KNUCKLE, _LITTLE_KNUCKLE], :3].tolist()
    back = _unit([w - m for w, m in zip(wrist, middle, strict=True)])
    across = (index, little) if left else (little, index)
    up = _unit(_cross(back, [a - b for a, b in zip(*across, strict=True)]))
    return _cross(up, back), up, back


def _cross(a: list[float], b: list[float]) -> list[float]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _unit(v: list[float]) -> list[float]:
    length = math.hypot(*v) or 1.0
    return [x / length for x in v]


def _pose(x: list[float], y: list[float], z: list[float], origin: np.ndarray) -> np.ndarray:
    rows = zip(x, y, z, origin[:3].tolist(), strict=True)
    return np.array([*rows, (0.0, 0.0, 0.0, 1.0)], np.float32)
