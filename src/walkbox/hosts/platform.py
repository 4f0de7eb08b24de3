"""The one place that settles how OpenGL is reached, before anything touches it.

Three libraries decide for themselves when they are imported (PyOpenGL which loader it uses; glfw and imgui-bundle which
GLFW is loaded), and a wrong first import cannot be taken back. So hosts call :func:`prepare` before they import any of
them, and make contexts without a screen with :func:`offscreen_context`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from walkbox.errors import HostError

if TYPE_CHECKING:
    import moderngl

__all__ = ["choose_samples", "display_server", "is_software", "offscreen_context", "prepare"]

_EGL_PACKAGES = "libegl1 and libgl1-mesa-dri (Debian, Ubuntu: `apt install libegl1 libgl1-mesa-dri`)"
_DEVICES = 8
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "gdi generic", "swiftshader")


def display_server() -> str | None:
    """``windows``, ``macos``, ``wayland``, ``x11``, or None when there is nothing to open a window on."""
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "macos"
    if os.environ.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "x11" if os.environ.get("DISPLAY") else None


def prepare(*, window: bool) -> None:
    """Settle which loader PyOpenGL uses. Call it before any context is made; a user's own PYOPENGL_PLATFORM is kept.

    On Linux EGL is right without a window and under Wayland, GLX for a window under X11. When PyOpenGL was imported
    before, its choice stands: with the vendor-neutral libraries both find the same functions.

    Mesa's software renderer, should it be the one, gets half of the cores (a user's own LP_NUM_THREADS is kept): on all
    of them it keeps the model from running, and the model it.

    Args:
        window: a window will be opened, not only an offscreen context.
    """
    os.environ.setdefault("LP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // 2)))
    if sys.platform.startswith("linux"):
        egl = not window or display_server() != "x11"
        os.environ.setdefault("PYOPENGL_PLATFORM", "egl" if egl else "glx")


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    old = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if old is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = old


def offscreen_context() -> moderngl.Context:
    """An OpenGL 3.3 core context without a window, current on this thread.

    On Linux through EGL: the default device first, then the other devices, then Mesa's surfaceless platform.

    Raises:
        HostError: with what each attempt said, and the packages that are usually missing.
    """
    prepare(window=False)
    import moderngl

    if not sys.platform.startswith("linux"):
        try:
            return moderngl.create_context(standalone=True, require=330)
        except Exception as error:
            raise HostError(
                f"No OpenGL 3.3 context could be made ({error}). Update the graphics driver, then try `walkbox doctor`."
            ) from error
    said = []
    for device in range(_DEVICES):
        try:
            return _egl_context(backend="egl", device_index=device)
        except Exception as error:  # glcontext raises plain Exception
            said.append(f"EGL device {device}: {error}")
            if "libEGL" in str(error) or "requested device index" in str(error):
                break
    with _environment("EGL_PLATFORM", "surfaceless"):
        try:
            return _egl_context(backend="egl")
        except Exception as error:
            said.append(f"EGL surfaceless: {error}")
            raise HostError(
                f"No OpenGL 3.3 context could be made without a display ({'; '.join(said)}). "
                f"Install {_EGL_PACKAGES}, then try `walkbox doctor`."
            ) from error


def is_software(ctx: moderngl.Context) -> bool:
    """The context draws on the CPU."""
    renderer = ctx.info["GL_RENDERER"].lower()
    return any(word in renderer for word in _SOFTWARE)


def choose_samples(ctx: moderngl.Context, size_px: tuple[int, int], wanted: int) -> int:
    """Samples a pixel for a picture of that size, never more than the driver has.

    *wanted*, or when that is 0 four; but one for large pictures in software, where four double the time of a frame.
    """
    if wanted == 0:
        large = size_px[0] * size_px[1] > 1280 * 720
        wanted = 1 if is_software(ctx) and large else 4
    return max(1, min(wanted, ctx.max_samples))


def _egl_context(**options: Any) -> moderngl.Context:
    import moderngl

    return moderngl.create_context(require=330, standalone=True, **options)
