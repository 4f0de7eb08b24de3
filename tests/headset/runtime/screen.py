"""Reads the picture that Xvfb keeps of its screen (an XWD file), without asking the X server."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

__all__ = ["read_xwd"]


def read_xwd(path: Path) -> np.ndarray:
    """uint8 (H, W, 3), row 0 on top, of an XWD file with 32 bits a pixel.

    Source: the header of X11/XWDFile.h, 25 big-endian words.
    """
    data = path.read_bytes()
    header = struct.unpack(">25I", data[:100])
    size, _, _, _, width, height = header[:6]
    byte_order, bits, stride, colours = header[7], header[11], header[12], header[19]
    if bits != 32:
        raise ValueError(f"{path} has {bits} bits a pixel, 32 were expected.")
    rows = np.frombuffer(data, np.uint8, stride * height, size + 12 * colours).reshape(height, stride)
    pixels = rows[:, : 4 * width].reshape(height, width, 4)
    return pixels[..., 1:] if byte_order else pixels[..., 2::-1]
