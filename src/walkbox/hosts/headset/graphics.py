"""Which OpenGL context OpenXR is given: the current one, whatever window system made it.

The libraries are asked themselves, not PyOpenGL: that one settled on a single window system when it was imported.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import POINTER, c_int, c_uint, c_ulong, c_void_p
from dataclasses import dataclass, field
from typing import Any

import moderngl

from walkbox.errors import HostError

__all__ = ["Graphics", "current_graphics"]

_GLX_FBCONFIG_ID = 0x8013
_EGL_CONFIG_ID = 0x3028
_EGL_DRAW, _EGL_READ = 0x3059, 0x305A
_EGL_NONE = 0x3038

MOST_ERRORS = 100


@dataclass(frozen=True)
class Graphics:
    """One OpenGL context, as a runtime wants to be told of it.

    Attributes:
        ctx: the context for moderngl.
        name: ``glx``, ``egl`` or ``wgl``.
        extension: that the runtime must have for it, beside ``XR_KHR_opengl_enable``; or None.
        keep_current: makes the context current again, if a runtime left another one, or none.
    """

    ctx: moderngl.Context
    name: str
    extension: str | None
    keep_current: Callable[[], None]
    _kind: str
    _addresses: dict[str, Any] = field(repr=False)

    def settle(self) -> None:
        """After calls of the runtime: some versions of SteamVR leave another context current, or errors in this one.

        A call that finds such an error may fail for it, ours as well as the runtime's.
        """
        self.keep_current()
        for _ in range(MOST_ERRORS):  # a context that is lost has one after the other
            if self.ctx.error == "GL_NO_ERROR":
                break

    def structure(self) -> Any:
        """For the ``next`` of ``XrSessionCreateInfo``."""
        import xr  # takes a while, so not before a runtime was found

        structure = getattr(xr, self._kind)()
        types = dict(structure._fields_)
        # Whatever pointer types pyopenxr took from PyOpenGL.
        for name, address in self._addresses.items():
            plain = isinstance(address, int) and issubclass(types[name], ctypes._SimpleCData)
            setattr(structure, name, address if plain else ctypes.cast(c_void_p(address), types[name]))
        return structure


def current_graphics(ctx: moderngl.Context) -> Graphics:
    """The context that is current on this thread, which is *ctx*.

    Raises:
        HostError: there is none, or of a kind that OpenXR does not take.
    """
    if sys.platform == "win32":
        found = _wgl(ctx)
    elif sys.platform == "darwin":
        raise HostError("There is no OpenXR runtime for macOS. Walk in the window: walkbox run TARGET --host desktop")
    else:
        found = _glx(ctx) or _egl(ctx)
    if found is None:
        raise HostError(
            "No OpenGL context is current, so a headset cannot be given one. Open a window or the offscreen host first."
        )
    return found


def _library(name: str, **functions: tuple) -> Any:
    """A library with (result, *arguments) of some of its functions; None where it is not installed."""
    try:
        library = ctypes.CDLL(name)
        for function, (result, *arguments) in functions.items():
            getattr(library, function).restype = result
            getattr(library, function).argtypes = arguments
    except (OSError, AttributeError):
        return None
    return library


class _VisualInfo(ctypes.Structure):
    """The first fields of Xlib's ``XVisualInfo``."""

    _fields_ = (("visual", c_void_p), ("visualid", c_ulong))


def _glx(ctx: moderngl.Context) -> Graphics | None:
    gl = _library(
        "libGL.so.1",
        glXGetCurrentContext=(c_void_p,),
        glXGetCurrentDisplay=(c_void_p,),
        glXGetCurrentDrawable=(c_ulong,),
        glXMakeCurrent=(c_int, c_void_p, c_ulong, c_void_p),
        glXQueryContext=(c_int, c_void_p, c_void_p, c_int, POINTER(c_int)),
        glXChooseFBConfig=(POINTER(c_void_p), c_void_p, c_int, POINTER(c_int), POINTER(c_int)),
        glXGetVisualFromFBConfig=(POINTER(_VisualInfo), c_void_p, c_void_p),
    )
    context = gl and gl.glXGetCurrentContext()
    if not context:
        return None
    x11 = _library("libX11.so.6", XFree=(c_int, c_void_p), XDefaultScreen=(c_int, c_void_p))
    display, drawable = gl.glXGetCurrentDisplay(), gl.glXGetCurrentDrawable()
    config_id, count = c_int(), c_int()
    gl.glXQueryContext(display, context, _GLX_FBCONFIG_ID, config_id)
    screen = x11.XDefaultScreen(display) if x11 else 0  # as GLFW
    configs = gl.glXChooseFBConfig(display, screen, (c_int * 3)(_GLX_FBCONFIG_ID, config_id.value, 0), count)
    config = configs[0] if count.value else None
    visual = gl.glXGetVisualFromFBConfig(display, config) if config else None
    addresses = {
        "x_display": display,
        "visualid": visual.contents.visualid if visual else 0,
        "glx_fbconfig": config,
        "glx_drawable": drawable,
        "glx_context": context,
    }
    for list_ in (visual, configs):
        if list_ and x11:
            x11.XFree(list_)

    def keep_current() -> None:
        if gl.glXGetCurrentContext() != context:
            gl.glXMakeCurrent(display, drawable, context)

    return Graphics(ctx, "glx", None, keep_current, "GraphicsBindingOpenGLXlibKHR", addresses)


def _egl(ctx: moderngl.Context) -> Graphics | None:
    egl = _library(
        "libEGL.so.1",
        eglGetCurrentContext=(c_void_p,),
        eglGetCurrentDisplay=(c_void_p,),
        eglGetCurrentSurface=(c_void_p, c_int),
        eglMakeCurrent=(c_uint, c_void_p, c_void_p, c_void_p, c_void_p),
        eglQueryContext=(c_uint, c_void_p, c_void_p, c_int, POINTER(c_int)),
        eglChooseConfig=(c_uint, c_void_p, POINTER(c_int), POINTER(c_void_p), c_int, POINTER(c_int)),
    )
    context = egl and egl.eglGetCurrentContext()
    if not context:
        return None
    display = egl.eglGetCurrentDisplay()
    surfaces = egl.eglGetCurrentSurface(_EGL_DRAW), egl.eglGetCurrentSurface(_EGL_READ)
    config_id, count, config = c_int(), c_int(), c_void_p()
    egl.eglQueryContext(display, context, _EGL_CONFIG_ID, config_id)
    egl.eglChooseConfig(display, (c_int * 3)(_EGL_CONFIG_ID, config_id.value, _EGL_NONE), config, 1, count)
    addresses = {
        "get_proc_address": ctypes.cast(egl.eglGetProcAddress, c_void_p).value,
        "display": display,
        "config": config.value,
        "context": context,
    }

    def keep_current() -> None:
        if egl.eglGetCurrentContext() != context:
            egl.eglMakeCurrent(display, *surfaces, context)

    return Graphics(ctx, "egl", "XR_MNDX_egl_enable", keep_current, "GraphicsBindingEGLMNDX", addresses)


def _wgl(ctx: moderngl.Context) -> Graphics | None:
    gl = _library(
        "opengl32",
        wglGetCurrentContext=(c_void_p,),
        wglGetCurrentDC=(c_void_p,),
        wglMakeCurrent=(c_int, c_void_p, c_void_p),
    )
    context = gl and gl.wglGetCurrentContext()
    if not context:
        return None
    device = gl.wglGetCurrentDC()

    def keep_current() -> None:
        if gl.wglGetCurrentContext() != context:
            gl.wglMakeCurrent(device, context)

    return Graphics(
        ctx, "wgl", None, keep_current, "GraphicsBindingOpenGLWin32KHR", {"h_dc": device, "h_glrc": context}
    )
