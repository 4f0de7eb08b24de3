"""Questions whose answer may crash or hang: each is asked in a process of its own.

``python -m walkbox.cli.probe torch`` prints one JSON object. :func:`ask` runs that and survives whatever happens: a
broken driver takes the child down with it, not the program that asked.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from walkbox.hosts.child import answer_of, python

__all__ = ["ask"]

TIMEOUT_S = 60.0


def ask(question: str, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """The answer to ``machine``, ``torch``, ``offscreen`` or ``window``; ``{"error": why}`` when there is none."""
    return answer_of([*python(), "-m", "walkbox.cli.probe", question], timeout_s)


def _machine() -> dict[str, Any]:
    import psutil

    from walkbox.hosts import platform

    memory = psutil.virtual_memory()
    return {
        "display": platform.display_server(),
        "memory": {"total_bytes": memory.total, "available_bytes": memory.available},
    }


def _torch() -> dict[str, Any]:
    import torch

    devices = ["cpu"]
    for index in range(torch.cuda.device_count()):
        devices.append(f"cuda:{index} ({torch.cuda.get_device_name(index)})")
    if torch.backends.mps.is_available():
        devices.append("mps")
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        devices.append("xpu")
    return {"version": torch.__version__, "devices": devices, "threads": torch.get_num_threads()}


def _offscreen() -> dict[str, Any]:
    from walkbox.hosts import platform

    return _describe(platform.offscreen_context())


def _window() -> dict[str, Any]:
    from walkbox.hosts import platform

    platform.prepare(window=True)
    import glfw
    import moderngl

    glfw.ERROR_REPORTING = "exception"
    glfw.init()
    glfw.window_hint(glfw.VISIBLE, glfw.FALSE)
    glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, 3)
    glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, 3)
    glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
    glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, glfw.TRUE)
    window = glfw.create_window(64, 64, "walkbox doctor", None, None)
    glfw.make_context_current(window)
    return _describe(moderngl.create_context(require=330))


def _describe(ctx: Any) -> dict[str, Any]:
    from walkbox.hosts import platform

    info = ctx.info
    return {
        "vendor": info["GL_VENDOR"],
        "renderer": info["GL_RENDERER"],
        "version": info["GL_VERSION"],
        "software": platform.is_software(ctx),
        "limits": {
            "array_layers": info["GL_MAX_ARRAY_TEXTURE_LAYERS"],
            "texture_size_px": info["GL_MAX_TEXTURE_SIZE"],
            "texture_units": info["GL_MAX_TEXTURE_IMAGE_UNITS"],
            "samples": ctx.max_samples,
        },
        "free_video_memory_bytes": _free_video_memory(ctx.extensions),
    }


def _free_video_memory(extensions: set[str]) -> int | None:
    """Bytes, where the driver tells (NVIDIA and AMD do)."""
    from OpenGL import GL

    if "GL_NVX_gpu_memory_info" in extensions:
        return int(GL.glGetIntegerv(0x9049)) * 1024
    if "GL_ATI_meminfo" in extensions:
        return int(GL.glGetIntegerv(0x87FC)[0]) * 1024
    return None


_ANSWERS = {"machine": _machine, "torch": _torch, "offscreen": _offscreen, "window": _window}


def main(question: str) -> None:
    """Print the answer as one line of JSON."""
    try:
        answer = _ANSWERS[question]()
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
