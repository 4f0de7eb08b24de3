"""The board with the panels as a composition layer of its own: the compositor samples its text once, not twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import xr

from walkbox.hosts.headset.gl import unbind
from walkbox.hosts.headset.graphics import Graphics
from walkbox.hosts.headset.linear import LinearCopy
from walkbox.hosts.headset.poses import quaternion_of
from walkbox.hosts.headset.swapchains import Swapchain

__all__ = ["PanelLayer"]


class PanelLayer:
    """A quad composition layer and the picture that is shown on it.

    Args:
        graphics: the context.
        session, space: ``xr.Session``, and the ``xr.Space`` in which the panel hangs.
        size_px: of the picture.
        format: of the swapchain.

    Attributes:
        size_px: as given.
        framebuffer: draw here, sRGB-encoded with premultiplied alpha; cleared by who draws.
        layer: ``xr.CompositionLayerQuad``.
    """

    def __init__(self, graphics: Graphics, session: Any, space: Any, size_px: tuple[int, int], format: int):
        self._ctx = ctx = graphics.ctx
        self.size_px = size_px
        self._texture = ctx.texture(size_px, 4)
        self.framebuffer = ctx.framebuffer([self._texture])
        self._chain = Swapchain(graphics, session, size_px, format)
        self.layer = xr.CompositionLayerQuad(
            layer_flags=xr.CompositionLayerFlags.BLEND_TEXTURE_SOURCE_ALPHA_BIT,
            space=space,
            sub_image=self._chain.sub_image(0, 0, *size_px),
        )

    def place(self, space_from_panel: np.ndarray, size_m: tuple[float, float]) -> None:
        """Hang it up: 4x4 rigid pose of its middle, its face is +z; width and height in metres."""
        pose = self.layer.pose
        pose.orientation = xr.Quaternionf(*quaternion_of(space_from_panel[:3, :3]))
        pose.position = xr.Vector3f(*space_from_panel[:3, 3].tolist())
        self.layer.size = xr.Extent2Df(*size_m)

    def hand_over(self, copy: LinearCopy) -> None:
        """Give the picture to the compositor."""
        with self._chain as image:
            copy.draw(self._texture, image)

    def release(self) -> None:
        """Free its GL objects and the swapchain. May be called twice."""
        unbind(self._ctx)
        self.framebuffer.release()
        self._texture.release()
        self._chain.release()
