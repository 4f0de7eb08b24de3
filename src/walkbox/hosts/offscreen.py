"""The host without a screen: pictures in memory, for snapshots, tests and benchmarks."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np

from walkbox.config import Settings
from walkbox.hosts import platform
from walkbox.hosts.base import NoHeadset, Target
from walkbox.inputs import Input
from walkbox.view import Fov, View

__all__ = ["OffscreenHost", "ResolvedTarget"]


class ResolvedTarget:
    """A multisampled framebuffer and the plain one that it is resolved into.

    Depth has 24 bits. Colours are 8-bit RGBA and hold sRGB-encoded values as they are.
    """

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], samples: int):
        self._ctx = ctx
        self._owned: list[Any] = []
        self.resolved = self._framebuffer(size_px, 0)
        self.drawn = self._framebuffer(size_px, samples) if samples > 1 else self.resolved

    def _framebuffer(self, size_px: tuple[int, int], samples: int) -> moderngl.Framebuffer:
        colour = self._ctx.renderbuffer(size_px, 4, samples=samples)
        depth = self._ctx.depth_renderbuffer(size_px, samples=samples)
        framebuffer = self._ctx.framebuffer([colour], depth)
        self._owned += [framebuffer, colour, depth]
        return framebuffer

    def resolve(self) -> None:
        """Average the samples of each pixel."""
        if self.drawn is not self.resolved:
            self._ctx.copy_framebuffer(self.resolved, self.drawn)

    def read(self) -> np.ndarray:
        """uint8 (H, W, 3), row 0 on top."""
        width, height = self.resolved.size
        pixels = np.frombuffer(self.resolved.read(components=3, alignment=1), np.uint8)
        return pixels.reshape(height, width, 3)[::-1].copy()

    def release(self) -> None:
        """Free its GL objects."""
        for item in self._owned:
            item.release()
        self._owned.clear()


class OffscreenHost(NoHeadset):
    """Draws into memory. Deterministic: the same scene gives the same bytes on one machine.

    Args:
        size_px: width and height of one view.
        fov_deg: vertical field of view.
        samples: multisampling, 0 to choose (four; one for large pictures in software).
        eye_distance_m: when above 0, two views side by side with that distance between the eyes.

    Raises:
        HostError: no OpenGL 3.3 context can be made.
    """

    name = "offscreen"
    panels_have_mouse = panels_have_keyboard = False

    def __init__(
        self,
        size_px: tuple[int, int] = (1280, 720),
        fov_deg: float = 62.0,
        samples: int = 0,
        eye_distance_m: float = 0.0,
    ):
        self.settings = Settings()
        self.ctx = platform.offscreen_context()
        self.ctx.gc_mode = "auto"
        self.size_px = size_px
        self.fov_deg = fov_deg
        self.samples = platform.choose_samples(self.ctx, size_px, samples)
        self._eyes = (-eye_distance_m / 2, eye_distance_m / 2) if eye_distance_m else (0.0,)
        self._targets = [ResolvedTarget(self.ctx, size_px, self.samples) for _ in self._eyes]
        self._views: list[View] = []
        self._closed = False

    def poll(self) -> Input:
        """Nobody is there: an empty input."""
        return Input()

    def begin(self, world_from_view: np.ndarray, world_from_play: np.ndarray | None = None) -> list[Target]:
        """One target, or a left and a right one; *world_from_view* is then that of the middle between the eyes."""
        fov = Fov.symmetric(self.fov_deg, self.size_px[0] / self.size_px[1])
        targets = []
        for x, target in zip(self._eyes, self._targets, strict=True):
            pose = np.array(world_from_view, np.float32)
            pose[:3, 3] += pose[:3, 0] * x
            targets.append(Target(View(pose, fov, self.size_px), target.drawn))
        self._views = [target.view for target in targets]
        return targets

    def end(self) -> None:
        """Resolve the samples."""
        for target in self._targets:
            target.resolve()

    def toggle_fullscreen(self) -> None:
        """There is no window."""

    def read_pixels(self) -> np.ndarray:
        """uint8 (H, W, 3) of the last frame, row 0 on top; two views stand side by side."""
        return np.concatenate([target.read() for target in self._targets], axis=1)

    def read_views(self) -> list[tuple[View, np.ndarray]]:
        """One view, or a left and a right one; see :meth:`walkbox.hosts.base.Host.read_views`."""
        return [(view, target.read()) for view, target in zip(self._views, self._targets, strict=False)]

    def close(self) -> None:
        """Free the context and all that belongs to it."""
        if not self._closed:
            self._closed = True
            for target in self._targets:
                target.release()
            self.ctx.release()
