"""The little that moderngl leaves to do: programs, calls that let other threads run, the block of view uniforms."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import moderngl
import numpy as np

from walkbox import resources
from walkbox.geometry import clip_from_world, frustum_planes
from walkbox.view import View

__all__ = [
    "ViewBlock",
    "draw",
    "draw_functions",
    "encode_srgb",
    "free_running",
    "program",
    "release_compiler",
    "unbind",
    "uniform",
]

VIEW_BINDING = 0
_VIEW_ROWS = 20
_GL_UNSIGNED_INT = 0x1405


def program(ctx: moderngl.Context, name: str, variant: str = "", **textures: int) -> moderngl.Program:
    """The program of ``shaders/<name>.vert`` and ``.frag``, its samplers set to the texture units in *textures*.

    A *variant* is a name that the fragment shader finds defined.
    """
    fragment = resources.shader(f"{name}.frag")
    if variant:
        fragment = fragment.replace("\n", f"\n#define {variant}\n", 1)
    made = ctx.program(vertex_shader=resources.shader(f"{name}.vert"), fragment_shader=fragment)
    for key in made:
        member = made[key]
        if isinstance(member, moderngl.UniformBlock):
            member.binding = VIEW_BINDING
        elif key in textures and isinstance(member, moderngl.Uniform):
            member.value = textures[key]
    return made


def uniform(made: moderngl.Program, name: str) -> moderngl.Uniform:
    """The uniform of that name.

    Raises:
        TypeError: the program has something else of that name.
    """
    member = made[name]
    if not isinstance(member, moderngl.Uniform):
        raise TypeError(f"{name} is a {type(member).__name__}, not a uniform.")
    return member


def draw(vertices: moderngl.VertexArray, mode: int, instances: int = 1, count: int = -1) -> None:
    """Draw *count* vertices (-1: all; of 32-bit indices all) without holding the interpreter meanwhile.

    ``VertexArray.render`` holds it, and a software renderer works inside that call: for most of a frame the model
    thread could not go on.
    """
    functions = draw_functions()
    if functions is None:
        vertices.render(mode, vertices=count, instances=instances)
        return
    use_program, bind_vertices, draw_arrays, draw_elements = functions
    use_program(vertices.program.glo)
    bind_vertices(vertices.glo)
    if vertices.index_buffer is not None:
        draw_elements(mode, vertices.vertices, _GL_UNSIGNED_INT, None, instances)
    else:
        draw_arrays(mode, 0, vertices.vertices if count < 0 else count, instances)


@cache
def draw_functions() -> tuple[Callable[..., None], ...] | None:
    """glUseProgram, glBindVertexArray and the two draw calls, of :func:`free_running`."""
    unsigned, signed = ctypes.c_uint, ctypes.c_int
    return free_running(
        {
            "glUseProgram": (unsigned,),
            "glBindVertexArray": (unsigned,),
            "glDrawArraysInstanced": (unsigned, signed, signed, signed),
            "glDrawElementsInstanced": (unsigned, signed, unsigned, ctypes.c_void_p, signed),
        }
    )


def free_running(kinds: dict[str, tuple[Any, ...]]) -> tuple[Callable[..., None], ...] | None:
    """OpenGL functions through ctypes, which lets other threads run meanwhile; None where they cannot be looked up."""
    from OpenGL import platform

    find: Any = getattr(platform.PLATFORM, "getExtensionProcedure", None)
    if find is None:
        return None
    make = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    try:
        found: dict[str, Any] = {name: find(name.encode()) for name in kinds}
    except NotImplementedError:
        return None
    if not all(found.values()):
        return None
    return tuple(make(None, *kinds[name])(address) for name, address in found.items())


def release_compiler() -> None:
    """Let the driver forget what it keeps for compiling shaders (7 MB in Mesa); it comes back when one is compiled."""
    functions = free_running({"glReleaseShaderCompiler": ()})
    if functions is not None:
        functions[0]()


def unbind() -> None:
    """Leave no program in use: a deleted one would live on until another takes its place."""
    functions = draw_functions()
    if functions is not None:
        functions[0](0)
        functions[1](0)


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light 0..1 to sRGB-encoded values 0..1 (IEC 61966-2-1)."""
    linear = np.clip(np.asarray(linear, np.float32), 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.power(linear, 1 / 2.4) - 0.055).astype(np.float32)


@lru_cache(maxsize=8)
def _floor_lines(scale: float) -> np.ndarray:
    """Rows ``grid`` and ``coarse`` of ``shaders/view.glsl``: the floor's lines for one of that size."""
    decade = math.floor(math.log10(scale))
    grown = math.log10(scale) - decade  # 0..1: on the way to lines ten times as far apart
    rows = np.zeros((4, 4), np.float32)
    for k in range(3):
        role = k - grown
        coarse = min(max(role, 0.0), 1.0)
        step_m, width_m = 10.0 ** (decade + k), scale * (0.012 + 0.018 * coarse)
        seen = min(max(1 + role, 0.0), 1.0) * min(max(2 - role, 0.0), 1.0)
        rows[k] = 1 / step_m, width_m / step_m, 1 / (scale * (14 + 46 * coarse)), seen
        rows[3, k] = coarse
    return rows


class ViewBlock:
    """The uniform block ``View`` of ``shaders/view.glsl``: written once a view, read by every pass."""

    def __init__(self, ctx: moderngl.Context):
        self._buffer = ctx.buffer(reserve=_VIEW_ROWS * 16, dynamic=True)

    def write(self, view: View) -> np.ndarray:
        """Fill it in and bind it. Returns the (6, 4) frustum planes, world frame."""
        clip = clip_from_world(view)
        planes = frustum_planes(clip)
        pose, fov = view.world_from_view, view.fov
        left, right, up, down = (math.tan(angle) for angle in (fov.left, fov.right, fov.up, fov.down))
        data = np.zeros((_VIEW_ROWS, 4), np.float32)
        data[0:4] = clip.T
        data[4, :3], data[4, 3] = pose[:3, 3], view.scale
        data[5:11] = planes
        # Pixels of one metre one metre away; then what turns a place on the screen into a direction.
        data[11] = view.size_px[0], view.size_px[1], view.size_px[1] / (up - down), 0
        data[12, :3] = -pose[:3, 2] + pose[:3, 0] * (left + right) / 2 + pose[:3, 1] * (up + down) / 2
        data[13, :3] = pose[:3, 0] * (right - left) / 2
        data[14, :3] = pose[:3, 1] * (up - down) / 2
        data[15] = left, right, up, down
        data[16:20] = _floor_lines(view.scale)
        self._buffer.write(data)
        self._buffer.bind_to_uniform_block(VIEW_BINDING)
        return planes

    def release(self) -> None:
        """Free the buffer."""
        self._buffer.release()
