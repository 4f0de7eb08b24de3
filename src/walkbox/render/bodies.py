"""Controllers and tracked hands: everything is built of one shape, two spheres and the cone that touches both."""

from __future__ import annotations

from functools import lru_cache
from operator import is_not

import moderngl
import numpy as np

from walkbox.render import glue
from walkbox.render.instances import Instances
from walkbox.scene.presence import Presence, VisibleHand

__all__ = ["BodyPass", "controller", "hand"]

_AROUND, _CAP = 16, 5
_NOBODY, _HERE = np.zeros((0, 12), np.float32), np.eye(4, dtype=np.float32).tobytes()

# Colours are sRGB-encoded; the fourth number is how much of the colour shines by itself.
_GRIP, _SKIN = (0.40, 0.44, 0.51, 0.0), (0.55, 0.59, 0.66, 0.0)
_HUE = {"left": (0.42, 0.74, 0.76), "right": (0.90, 0.70, 0.45)}
_PALE = (0.80, 0.90, 1.0)

# A controller in the frame of its grip (x to the right, -z where the thumb is, -y where the forefinger is): metres.
_HANDLE = ((0.0, 0.006, 0.052, 0.0135), (0.0, 0.0, -0.034, 0.0175))
_NECK = ((0.0, 0.0, -0.030, 0.0160), (0.0, -0.008, -0.052, 0.0105))
_THUMB = ((0.0, 0.0150, -0.030, 0.0065), (0.0, 0.0150, -0.030, 0.0065))
_TRIGGER = ((0.0, -0.0185, -0.022, 0.0060), (0.0, -0.0240, -0.040, 0.0048))
_PULLED = (0.0, 0.0075, 0.002, 0.0)
_RING_CENTRE, _RING_RADIUS, _RING_WIDTH, _RING_PARTS = (0.0, -0.012, -0.064), 0.034, 0.0042, 24
_RING_TILT = np.radians(40)


def _ring() -> np.ndarray:
    """(parts, 2, 4): a ring of short cones, its axis tilted down from -z as a ray usually is."""
    angles = np.linspace(0, 2 * np.pi, _RING_PARTS + 1)
    up = np.array([0.0, np.cos(_RING_TILT), -np.sin(_RING_TILT)])
    points = np.cos(angles)[:, None] * np.array([1.0, 0, 0]) + np.sin(angles)[:, None] * up
    points = np.array(_RING_CENTRE) + _RING_RADIUS * points
    points = np.concatenate([points, np.full((len(points), 1), _RING_WIDTH)], axis=1)
    return np.stack([points[:-1], points[1:]], axis=1)


_PARTS = np.concatenate([np.array([_HANDLE, _NECK, _THUMB, _TRIGGER]), _ring()]).astype(np.float32)
_TRIGGER_PART, _FIRST_RING = 3, 4

# The bones of XrHandJointEXT (0 palm, 1 wrist, 2-5 thumb, then five joints a finger) and what fills the palm: both ends
# are means of joints.
_FINGERS = (6, 11, 16, 21)
_PALM = [((f, f + 5), (f + 1, f + 6)) for f in _FINGERS[:3]] + [((2, 6), (3, 7)), ((2, 6), (2, 7))]
_BONES = [((1,), (2,)), *[((k,), (k + 1,)) for k in (2, 3, 4)]]
_BONES += [bone for f in _FINGERS for bone in (((1,), (f,)), *[((f + k,), (f + k + 1,)) for k in range(4)])] + _PALM
_TIPS = [3, 8]  # the last bones of thumb and forefinger


def _weights(end: int) -> np.ndarray:
    """(bones, 26): which joints are the mean of a bone's end."""
    weights = np.zeros((len(_BONES), 26), np.float32)
    for row, bone in enumerate(_BONES):
        weights[row, list(bone[end])] = 1 / len(bone[end])
    return weights


_FROM, _TO = _weights(0), _weights(1)


@lru_cache(maxsize=8)
def controller(name: str, trigger: float) -> np.ndarray:
    """(parts, 12) float32: centre and radius of both ends in the frame of its grip, colour and glow. Shared: do not
    write to it.
    """
    ends = _PARTS.copy()
    ends[_TRIGGER_PART] += trigger * np.array(_PULLED, np.float32)
    made = np.empty((len(ends), 12), np.float32)
    made[:, :8] = ends.reshape(-1, 8)
    made[:, 8:] = _GRIP
    hue = np.array(_HUE[name])
    made[_TRIGGER_PART, 8:11], made[_TRIGGER_PART, 11] = hue, 0.2 + 0.8 * trigger
    # The wearer seldom sees the trigger: the ring shows it too.
    made[_FIRST_RING:, 8:11], made[_FIRST_RING:, 11] = hue + (1 - hue) * 0.5 * trigger, 0.2 + 0.5 * trigger
    return made


def hand(shown: VisibleHand) -> np.ndarray:
    """(bones, 12) float32 of a tracked hand, as :func:`controller` but in the world; none while a joint is unknown."""
    assert shown.joints is not None
    made = np.empty((len(_BONES), 12), np.float32)
    made[:, 0:4], made[:, 4:8] = _FROM @ shown.joints, _TO @ shown.joints
    if not np.isfinite(made[:, :8]).all():
        return made[:0]
    made[:, 8:] = _SKIN
    made[_TIPS, 8:11] += (np.array(_PALE, np.float32) - made[_TIPS, 8:11]) * shown.trigger
    made[_TIPS, 11] = 0.6 * shown.trigger
    return made


def _mesh() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (cosine, sine, polar step) and triangles of the one shape."""
    steps = np.concatenate([np.linspace(-2, -1, _CAP), np.linspace(1, 2, _CAP)])
    angles = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    rows, columns = np.meshgrid(steps, angles, indexing="ij")
    vertices = np.stack([np.cos(columns), np.sin(columns), rows], axis=-1).reshape(-1, 3)
    row, column = np.meshgrid(np.arange(len(steps) - 1), np.arange(_AROUND), indexing="ij")
    here, beside = row * _AROUND + column, row * _AROUND + (column + 1) % _AROUND
    triangles = np.stack([here, beside, here + _AROUND, here + _AROUND, beside, beside + _AROUND], axis=-1)
    return vertices.astype(np.float32), triangles.astype(np.int32).reshape(-1)


class BodyPass:
    """Controllers and hands in one draw call, none while there are none."""

    def __init__(self, ctx: moderngl.Context):
        self._program = glue.program(ctx, "bodies")
        vertices, triangles = _mesh()
        self._mesh, self._triangles = ctx.buffer(vertices.tobytes()), ctx.buffer(triangles.tobytes())
        self._bodies = Instances(
            ctx,
            self._program,
            (self._mesh, "3f", "ring"),
            ("4f 4f 4f", "a", "b", "paint"),
            mode=moderngl.TRIANGLES,
            indices=self._triangles,
        )
        self._poses, self._first = (glue.uniform(self._program, name) for name in ("poses", "first"))
        self._shown: list[np.ndarray] = []

    def set(self, presence: Presence) -> None:
        """Take over the hands of this frame. A controller that moves is a new pose and no new rows."""
        hands = presence.hands
        shown = [controller(h.name, h.trigger) if h.joints is None else hand(h) for h in hands]
        if len(shown) != len(self._shown) or any(map(is_not, shown, self._shown)):
            self._shown = shown
            self._bodies.set(np.concatenate(shown) if shown else _NOBODY)
            self._first.value = len(shown[0]) if shown else 0
        if shown:
            poses = [_HERE if h.joints is not None else h.world_from_grip.T.tobytes() for h in hands]
            self._poses.write(poses[0] + poses[-1])

    def draw(self) -> int:
        """Draw calls made."""
        return self._bodies.draw()

    def release(self) -> None:
        """Free all of it."""
        for item in (self._bodies, self._triangles, self._mesh, self._program):
            item.release()
