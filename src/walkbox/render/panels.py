"""Panels on top of a picture: Dear ImGui and ImPlot drawn into any framebuffer.

imgui's own OpenGL back end does the drawing and puts the OpenGL state back as it found it, so moderngl's idea of that
state stays true. What a panel shows and does is the business of :mod:`walkbox.ui`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from pathlib import Path

import imgui_bundle
import moderngl
import numpy as np
from imgui_bundle import imgui, implot

from walkbox import resources
from walkbox.errors import HostError
from walkbox.inputs import UiEvent

__all__ = ["PanelRenderer"]

TEXTURES = 64
"""Pictures kept for panels; the one not shown for longest goes first."""

NOWHERE = -3.4e38
"""Where imgui takes the mouse to be when it is nowhere (-FLT_MAX)."""

FONT, FONT_PX = "fonts/Inter-Medium.otf", 15.5
ICONS, ICONS_PX = "fonts/Font_Awesome_6_Free-Solid-900.otf", 12.5
"""Among the assets of imgui-bundle; its glyphs are merged into the font, :mod:`walkbox.ui.icons` names them."""


class PanelRenderer:
    """Owns one imgui context and what it needs on the GPU. Main thread only.

    One frame::

        panels.begin(size_px, dt_s, input.ui, input.scale)
        commands = draw_panels(state)            # plain imgui calls
        panels.draw(framebuffer)

    Args:
        ctx: the context that is current.
        font: path of a TrueType or OpenType font; the one that ships with walkbox when None.

    Attributes:
        want_mouse: the mouse is over a panel, or a drag that began on one goes on. Tell the host after each frame
            (``host.panels_have_mouse``): it then gives no ray.
        want_keyboard: a text box is being typed into (``host.panels_have_keyboard``).
    """

    def __init__(self, ctx: moderngl.Context, font: Path | str | None = None):
        self._ctx = ctx
        self._context = imgui.create_context()
        imgui.set_current_context(self._context)
        self._plots = implot.create_context()
        io = imgui.get_io()
        io.set_ini_filename(None)
        io.set_log_filename("")
        io.config_windows_move_from_title_bar_only = True
        io.config_input_text_cursor_blink = False  # pictures of panels must not depend on the moment
        io.fonts.add_font_from_file_ttf(str(font or resources.asset(FONT)), FONT_PX)
        merged = imgui.ImFontConfig()
        merged.merge_mode, merged.glyph_min_advance_x = True, ICONS_PX * 1.3
        merged.glyph_offset = imgui.ImVec2(0, 0.5)
        io.fonts.add_font_from_file_ttf(str(Path(imgui_bundle.__file__).parent / "assets" / ICONS), ICONS_PX, merged)
        if not imgui.backends.opengl3_init("#version 330"):
            raise HostError("The panels found no OpenGL 3.3. Run `walkbox doctor` for what is missing.")
        self._textures: OrderedDict[Hashable, tuple[moderngl.Texture, np.ndarray]] = OrderedDict()
        self.want_mouse = self.want_keyboard = False
        self._closed = False

    def begin(self, size_px: tuple[int, int], dt_s: float, events: Iterable[UiEvent] = (), scale: float = 1.0) -> None:
        """Start a frame of panels for a picture of that size.

        Args:
            size_px: width and height of the framebuffer that will be drawn into.
            dt_s: seconds since the last frame.
            events: what happened since then.
            scale: pixels a point takes.
        """
        self._make_current()
        io = imgui.get_io()
        io.display_size = imgui.ImVec2(*size_px)
        io.delta_time = max(dt_s, 1e-4)
        imgui.get_style().font_scale_dpi = scale
        for event in events:
            self._tell(io, event)
        imgui.backends.opengl3_new_frame()
        imgui.new_frame()
        self.want_mouse, self.want_keyboard = io.want_capture_mouse, io.want_text_input

    @staticmethod
    def _tell(io: imgui.IO, event: UiEvent) -> None:
        if event.kind == "move":
            io.add_mouse_pos_event(event.x, event.y)
        elif event.kind == "leave":
            io.add_mouse_pos_event(NOWHERE, NOWHERE)
        elif event.kind == "button":
            io.add_mouse_button_event(event.button, event.down)
        elif event.kind == "wheel":
            io.add_mouse_wheel_event(event.x, event.y)
        elif event.kind == "text":
            io.add_input_characters_utf8(event.text)
        elif (key := getattr(imgui.Key, event.text, None)) is not None:
            io.add_key_event(key, event.down)
            for modifier in ("ctrl", "shift", "alt", "super"):
                if event.text.endswith(f"_{modifier}"):
                    io.add_key_event(getattr(imgui.Key, f"mod_{modifier}"), event.down)

    def picture(self, key: Hashable, pixels: np.ndarray, *, smooth: bool = False) -> imgui.ImTextureRef:
        """A picture for ``imgui.image``: uint8 (H, W, 3) or (H, W, 4), row 0 on top.

        Pixels are sent when *key* is new or another array comes for it; the array must not be written to afterwards.
        """
        known = self._textures.get(key)
        if known is not None and known[1] is pixels:
            self._textures.move_to_end(key)
            return imgui.ImTextureRef(known[0].glo)
        height, width, components = pixels.shape
        texture = known[0] if known is not None else None
        if texture is None or texture.size != (width, height) or texture.components != components:
            if texture is not None:
                texture.release()
            texture = self._ctx.texture((width, height), components, alignment=1)
        texture.write(np.ascontiguousarray(pixels), alignment=1)
        texture.filter = (moderngl.LINEAR, moderngl.LINEAR if smooth else moderngl.NEAREST)
        self._textures[key] = (texture, pixels)
        self._textures.move_to_end(key)
        while len(self._textures) > TEXTURES:
            self._textures.popitem(last=False)[1][0].release()
        return imgui.ImTextureRef(texture.glo)

    def draw(self, framebuffer: moderngl.Framebuffer) -> None:
        """Finish the frame of panels and draw them over what is in the framebuffer."""
        self._make_current()
        imgui.render()
        framebuffer.use()
        imgui.backends.opengl3_render_draw_data(imgui.get_draw_data())

    def close(self) -> None:
        """Free textures and the imgui context. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._make_current()
        for texture, _ in self._textures.values():
            texture.release()
        self._textures.clear()
        imgui.backends.opengl3_shutdown()
        implot.destroy_context(self._plots)
        imgui.destroy_context(self._context)

    def _make_current(self) -> None:
        imgui.set_current_context(self._context)
        implot.set_current_context(self._plots)
