"""The little that moderngl leaves to do: programs, calls that let other threads run."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import moderngl
import numpy as np

from walkbox import resources
from walkbox.render.view_block import BINDING

__all__ = [
    "draw",
    "draw_functions",
    "encode_srgb",
    "free_running",
    "program",
    "release_compiler",
    "unbind",
    "uniform",
]

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
            member.binding = BINDING
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
    program, name, total, indexed = vertices.extra or _known(vertices)
    use_program(program)
    bind_vertices(name)
    if indexed:
        draw_elements(mode, total, _GL_UNSIGNED_INT, None, instances)
    else:
        draw_arrays(mode, 0, total if count < 0 else count, instances)


def _known(vertices: moderngl.VertexArray) -> tuple[int, int, int, bool]:
    """What a draw call has to know, asked for once: names of program and array, vertices, whether there are indices."""
    known = vertices.program.glo, vertices.glo, vertices.vertices, vertices.index_buffer is not None
    vertices.extra = known
    return known


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
