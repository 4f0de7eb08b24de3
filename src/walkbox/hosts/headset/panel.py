"""The board with the panels as a composition layer of its own: the compositor samples its text once, not twice."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np
import xr

from walkbox.geometry import clip_from_view, invert_rigid
from walkbox.hosts.headset.gl import unbind
from walkbox.hosts.headset.graphics import Graphics
from walkbox.hosts.headset.linear import LinearCopy
from walkbox.hosts.headset.poses import quaternion_of
from walkbox.hosts.headset.swapchains import Swapchain
from walkbox.render import glue
from walkbox.view import Fov

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
        self._program = glue.program(ctx, "panel", picture=0)
        self._clip_from_panel, self._size = (glue.uniform(self._program, name) for name in ("clip_from_panel", "size"))
        self._corners = ctx.vertex_array(self._program, [])
        self._space_from_panel, self._size_m = np.eye(4, dtype=np.float32), (1.0, 1.0)
        self._chain = Swapchain(graphics, session, size_px, format)
        self.layer = xr.CompositionLayerQuad(
            layer_flags=xr.CompositionLayerFlags.BLEND_TEXTURE_SOURCE_ALPHA_BIT,
            space=space,
            sub_image=self._chain.sub_image(0, 0, *size_px),
        )

    def place(self, space_from_panel: np.ndarray, size_m: tuple[float, float]) -> None:
        """Hang it up: 4x4 rigid pose of its middle, its face is +z; width and height in metres."""
        self._space_from_panel, self._size_m = space_from_panel, size_m
        pose = self.layer.pose
        pose.orientation = xr.Quaternionf(*quaternion_of(space_from_panel[:3, :3]))
        pose.position = xr.Vector3f(*space_from_panel[:3, 3].tolist())
        self.layer.size = xr.Extent2Df(*size_m)

    def draw_into(self, framebuffer: moderngl.Framebuffer, fov: Fov, space_from_eye: np.ndarray) -> None:
        """Draw the panel over the picture of an eye, where the compositor shows it: for the mirror and saved views."""
        clip_from_panel = clip_from_view(fov) @ invert_rigid(space_from_eye) @ self._space_from_panel
        ctx = self._ctx
        framebuffer.viewport = (0, 0, *framebuffer.size)
        framebuffer.use()
        self._clip_from_panel.write(np.ascontiguousarray(clip_from_panel.T, np.float32))
        self._size.value = self._size_m
        self._texture.use(0)
        ctx.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        ctx.enable(moderngl.BLEND)
        ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._corners.render(moderngl.TRIANGLE_STRIP, vertices=4)
        ctx.disable(moderngl.BLEND)

    def hand_over(self, copy: LinearCopy) -> None:
        """Give the picture to the compositor."""
        with self._chain as image:
            copy.draw(self._texture, image)

    def release(self) -> None:
        """Free its GL objects and the swapchain. May be called twice."""
        unbind(self._ctx)
        self.framebuffer.release()
        self._texture.release()
        self._corners.release()
        self._program.release()
        self._chain.release()
