"""What the shape of a bare hand means: how far it pinches, how far it is a fist, where it holds and where it points.

All from the positions of its joints alone, with numpy. Joints are (26, 4) float32 positions and radii in
XrHandJointEXT order, in metres of the person, in whichever frame they were located; poses come out in the same frame.
"""

from __future__ import annotations

import numpy as np

__all__ = ["AimFilter", "aim_pose", "fist", "grip_pose", "pinch"]

# Places in XrHandJointEXT.
_PALM, _WRIST, _THUMB_TIP, _INDEX_KNUCKLE, _INDEX_TIP, _MIDDLE_KNUCKLE, _LITTLE_KNUCKLE = 0, 1, 5, 7, 10, 12, 22
_OTHER_TIPS = [15, 20, 25]

# The ray leans from the line of the hand towards its palm: a hand that points is bent back at the wrist.
_LEAN = np.radians(20.0)


def pinch(joints: np.ndarray) -> float:
    """0..1: thumb and forefinger are 5 cm (0) to 1 cm (1) apart, measured between the middles of their tips.

    In a fist they touch as well: what counts as one counts no longer as a pinch.
    """
    apart = np.linalg.norm(joints[_THUMB_TIP, :3] - joints[_INDEX_TIP, :3])
    return float(np.clip((0.05 - apart) / 0.04, 0, 1) * np.clip((0.85 - fist(joints)) / 0.3, 0, 1))


def fist(joints: np.ndarray) -> float:
    """0..1: how near the tips of the other three fingers are to the palm (on average 8 cm: 0, 4 cm: 1)."""
    distance = np.linalg.norm(joints[_OTHER_TIPS, :3] - joints[_PALM, :3], axis=1).mean()
    return float(np.clip((0.08 - distance) / 0.04, 0, 1))


def _axes(joints: np.ndarray, left: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors of the flat of the hand: to the right of a hand laid palm down, out of its back, to the wrist.

    From the wrist and the knuckles only: fingers may do what they like.
    """
    back = joints[_WRIST, :3] - joints[_MIDDLE_KNUCKLE, :3]
    back = back / max(np.linalg.norm(back), 1e-6)
    across = joints[_LITTLE_KNUCKLE, :3] - joints[_INDEX_KNUCKLE, :3]
    across = -across if left else across
    up = np.cross(back, across)
    up /= max(np.linalg.norm(up), 1e-6)
    return np.cross(up, back), up, back


def grip_pose(joints: np.ndarray, left: bool) -> np.ndarray:
    """4x4 float32 of what the hand holds, as OpenXR's grip pose lies in it: -z from the little finger to the thumb."""
    right, up, back = _axes(joints, left)
    pose = np.eye(4, dtype=np.float32)
    pose[:3, 0], pose[:3, 1], pose[:3, 2] = (-up, back, -right) if left else (up, back, right)
    pose[:3, 3] = joints[_PALM, :3]
    return pose


def aim_pose(joints: np.ndarray, left: bool) -> np.ndarray:
    """4x4 float32 of the ray: it leaves the forefinger's knuckle along -z.

    Joints that a pinch moves have no say, so that pinching does not throw the ray off. Known implementations draw it
    through the same knuckle from a guessed shoulder (``HandRay`` of Microsoft's Mixed Reality Toolkit) or from between
    wrist and shoulder (``WristShoulderHandRay`` of Ultraleap); here no body is guessed, the line of the hand leads.
    """
    right, up, back = _axes(joints, left)
    pose = np.eye(4, dtype=np.float32)
    c, s = np.cos(_LEAN), np.sin(_LEAN)
    pose[:3, 0], pose[:3, 1], pose[:3, 2] = right, c * up - s * back, c * back + s * up
    pose[:3, 3] = joints[_INDEX_KNUCKLE, :3]
    return pose


class AimFilter:
    """Steadies a ray: still while the hand is nearly still, without lag when it sweeps.

    Casiez, Roussel and Vogel, "1 euro filter: a simple speed-based low-pass filter for noisy input in interactive
    systems", 2012; on position and axes of the pose together. A closing pinch lowers the lowest frequency let through,
    so that the small pull of the fingers on the hand does not move the ray at the moment of the click.
    """

    def __init__(self, min_cutoff_hz: float = 2.0, cutoff_slope: float = 4.0) -> None:
        self._min_cutoff_hz, self._cutoff_slope = min_cutoff_hz, cutoff_slope
        self._pose: np.ndarray | None = None
        self._speed = 0.0
        self._time_ns = 0

    def reset(self) -> None:
        """Forget: the hand was lost, its next pose is taken as it is."""
        self._pose = None

    def __call__(self, pose: np.ndarray, time_ns: int, pinch: float = 0.0) -> np.ndarray:
        """The steadied pose (4x4 float32) for a *pose* seen at *time_ns*; *pinch* is 0..1."""
        dt = (time_ns - self._time_ns) * 1e-9
        self._time_ns = time_ns
        if self._pose is None or not 0 < dt < 0.5:
            self._pose, self._speed = pose.copy(), 0.0
            return pose.copy()
        # One speed for all: metres a second of the knuckle, and of a point half a metre down the ray.
        moved = pose[:3, 2:] - self._pose[:3, 2:]
        speed = float(np.hypot(np.linalg.norm(moved[:, 1]), 0.5 * np.linalg.norm(moved[:, 0]))) / dt
        self._speed += _smoothing(dt, 1.0) * (speed - self._speed)
        cutoff_hz = self._min_cutoff_hz * (1 - 0.75 * pinch) + self._cutoff_slope * self._speed
        mixed = self._pose + _smoothing(dt, cutoff_hz) * (pose - self._pose)
        mixed[:3, 2] /= np.linalg.norm(mixed[:3, 2])
        mixed[:3, 0] = np.cross(mixed[:3, 1], mixed[:3, 2])
        mixed[:3, 0] /= np.linalg.norm(mixed[:3, 0])
        mixed[:3, 1] = np.cross(mixed[:3, 2], mixed[:3, 0])
        self._pose = mixed
        return mixed.copy()


def _smoothing(dt_s: float, cutoff_hz: float) -> float:
    """Share of the new value that an exponential low-pass takes in *dt_s*."""
    r = 2 * np.pi * cutoff_hz * dt_s
    return float(r / (r + 1))
