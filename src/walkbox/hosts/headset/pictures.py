"""What both eyes are drawn into, and how it gets to the compositor: left and right in one image."""

from __future__ import annotations

from typing import Any

import numpy as np
import xr

from walkbox.geometry import depth_range_m
from walkbox.hosts.headset.eyes import EyeTarget
from walkbox.hosts.headset.frames import Frames
from walkbox.hosts.headset.gl import COLOUR, DEPTH, unbind
from walkbox.hosts.headset.graphics import Graphics
from walkbox.hosts.headset.linear import FRAMEBUFFER_SRGB, LinearCopy
from walkbox.hosts.headset.swapchains import (
    COLOUR_FORMATS,
    DEPTH24,
    DEPTH_FORMATS,
    SRGB8_ALPHA8,
    Swapchain,
    choose,
)

__all__ = ["StereoPictures", "fitting_size"]

SCISSOR_TEST = 0x0C11
DEPTH_EXTENSION = "XR_KHR_composition_layer_depth"


def fitting_size(recommended: list[tuple[int, int]], largest_px: tuple[int, int]) -> tuple[int, int]:
    """Width and height of one eye's picture: what is recommended, made smaller where two do not fit side by side.

    Args:
        recommended: of each eye.
        largest_px: width and height that an image of both may have.
    """
    width, height = (max(size[axis] for size in recommended) for axis in (0, 1))
    smaller = min(1.0, largest_px[0] / (2 * width), largest_px[1] / height)
    return max(1, int(width * smaller)), max(1, int(height * smaller))


class StereoPictures:
    """Swapchains and targets of both eyes.

    Args:
        graphics: the context.
        session: ``xr.Session``.
        size_px: of one eye.
        extensions: those that are enabled.

    Attributes:
        size_px: as given; samples: multisampling in use.
        targets: of the left and the right eye.
        format, depth_format: of OpenGL, of the swapchains; depth None where none is handed over.
    """

    def __init__(
        self,
        graphics: Graphics,
        session: Any,
        size_px: tuple[int, int],
        extensions: frozenset[str],
    ):
        self._ctx = ctx = graphics.ctx
        self.size_px = size_px
        offered = list(xr.enumerate_swapchain_formats(session))
        format = choose(COLOUR_FORMATS, offered)
        if format is None:
            raise xr.exception.SwapchainFormatUnsupportedError
        self.format = format
        self.depth_format = choose(DEPTH_FORMATS, offered) if DEPTH_EXTENSION in extensions else None
        width, height = size_px
        self._colour = Swapchain(graphics, session, (2 * width, height), self.format)
        self._depth = None
        self._depth_infos = (xr.CompositionLayerDepthInfoKHR * 2)(*(xr.CompositionLayerDepthInfoKHR() for _ in "lr"))
        if self.depth_format is not None:
            try:
                self._depth = Swapchain(graphics, session, (2 * width, height), self.depth_format, depth=True)
            except xr.exception.ErrorResult:  # SteamVR on Linux offers formats that it then refuses
                self.depth_format = None
        if self._depth is not None:
            for eye, info in enumerate(self._depth_infos):
                info.sub_image = self._depth.sub_image(eye * width, 0, width, height)
                info.min_depth, info.max_depth = 0.0, 1.0
        self.copy = LinearCopy(ctx)
        self._encoded = None if self.format == SRGB8_ALPHA8 else ctx.texture(size_px, 4)
        self._encoded_framebuffer = ctx.framebuffer([self._encoded]) if self._encoded else None
        self.samples = 0
        self.targets: list[EyeTarget] = []

    def draw_with(self, samples: int) -> None:
        """Have targets with that many samples a pixel."""
        if samples != self.samples:
            self._release_targets()
            self.samples = samples
            depth_format = self.depth_format or DEPTH24
            self.targets = [EyeTarget(self._ctx, self.size_px, samples, depth_format) for _ in "lr"]

    def attach(self, frames: Frames) -> None:
        """Let the frames show these pictures."""
        width, height = self.size_px
        for eye, shown in enumerate(frames.projection):
            shown.sub_image = self._colour.sub_image(eye * width, 0, width, height)

    def hand_over(self, frames: Frames, scale: float, *, depth: bool) -> None:
        """Resolve both targets and give them to the compositor.

        Args:
            frames: gets the depth.
            scale: metres of the world for a metre of the person.
            depth: hand depth over too, where that is possible.
        """
        depth = depth and self._depth is not None
        self._ctx.disable_direct(FRAMEBUFFER_SRGB)  # encoded values are copied as they are
        self._ctx.disable_direct(SCISSOR_TEST)
        for target in self.targets:
            target.resolve(depth=depth)
        with self._colour as image:
            for eye, target in enumerate(self.targets):
                if self._encoded is None or self._encoded_framebuffer is None:
                    target.copy_to(image, eye * self.size_px[0], COLOUR)
                else:
                    target.copy_to(self._encoded_framebuffer, 0, COLOUR)
                    self.copy.draw(self._encoded, image, (eye * self.size_px[0], 0))
        if depth and self._depth is not None:
            near_m, far_m = (distance / scale for distance in depth_range_m(scale))
            with self._depth as image:
                for eye, (target, info) in enumerate(zip(self.targets, self._depth_infos, strict=True)):
                    target.copy_to(image, eye * self.size_px[0], DEPTH)
                    info.near_z, info.far_z = near_m, far_m
        frames.show_depth(self._depth_infos if depth else None)

    def read(self) -> list[np.ndarray]:
        """uint8 (H, W, 3) of the left and the right eye, row 0 on top."""
        return [target.read() for target in self.targets]

    def _release_targets(self) -> None:
        for target in self.targets:
            target.release()
        self.targets = []

    def release(self) -> None:
        """Free the swapchains and all GL objects. May be called twice."""
        self._release_targets()
        self._colour.release()
        if self._depth is not None:
            self._depth.release()
        if self._encoded is not None and self._encoded_framebuffer is not None:
            unbind(self._ctx)
            self._encoded_framebuffer.release()
            self._encoded.release()
        self.copy.release()
