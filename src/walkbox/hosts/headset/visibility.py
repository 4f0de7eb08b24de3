"""The visibility mask: what of a view the lenses hide (XR_KHR_visibility_mask)."""

from __future__ import annotations

from ctypes import POINTER, byref, c_uint32, cast
from typing import Any

import numpy as np
import xr

from walkbox.hosts.headset.calls import check
from walkbox.view import Fov

__all__ = ["hidden_triangles", "read_mask"]

EXTENSION = "XR_KHR_visibility_mask"


def read_mask(instance: Any, session: Any, eye: int) -> tuple[np.ndarray, np.ndarray] | None:
    """float32 (V, 2) corners at a distance of 1 in front of the eye, and int (3 N,) indices of the hidden triangles.

    None where the runtime hides nothing.
    """
    function = cast(xr.get_instance_proc_addr(instance, "xrGetVisibilityMaskKHR"), xr.PFN_xrGetVisibilityMaskKHR)
    mask = xr.VisibilityMaskKHR()
    asked = (
        session,
        xr.ViewConfigurationType.PRIMARY_STEREO.value,
        eye,
        xr.VisibilityMaskTypeKHR.HIDDEN_TRIANGLE_MESH.value,
    )
    check(function(*asked, byref(mask)))
    if not mask.vertex_count_output or not mask.index_count_output:
        return None
    corners = np.zeros((mask.vertex_count_output, 2), np.float32)
    indices = np.zeros(mask.index_count_output, np.uint32)
    mask.vertex_capacity_input, mask.index_capacity_input = len(corners), len(indices)
    mask.vertices = cast(corners.ctypes.data, POINTER(xr.Vector2f))
    mask.indices = cast(indices.ctypes.data, POINTER(c_uint32))
    check(function(*asked, byref(mask)))
    return corners[: mask.vertex_count_output], indices[: mask.index_count_output].astype(np.int64)


def hidden_triangles(corners: np.ndarray, indices: np.ndarray, fov: Fov) -> np.ndarray:
    """float32 (3 N, 2) triangles in normalised device coordinates.

    Args:
        corners: (V, 2) in the plane z = -1 of the eye: (tan left, tan down) is the lower left corner of its view.
        indices: (3 N,) into the corners.
        fov: of the eye.
    """
    low = np.tan([fov.left, fov.down])
    high = np.tan([fov.right, fov.up])
    return ((2 * corners[indices] - high - low) / (high - low)).astype(np.float32)
