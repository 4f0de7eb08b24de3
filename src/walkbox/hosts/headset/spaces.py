"""The play space: a reference space whose origin lies on the floor."""

from __future__ import annotations

from typing import Any

import xr

__all__ = ["PLAY_SPACES", "play_space", "view_space"]

LOCAL_FLOOR_EXTENSION = "XR_EXT_local_floor"

PLAY_SPACES = (xr.ReferenceSpaceType.STAGE, xr.ReferenceSpaceType.LOCAL_FLOOR, xr.ReferenceSpaceType.LOCAL)
"""In the order in which they are wanted. LOCAL starts where the head was: its floor is a guess."""


def play_space(session: Any, extensions: frozenset[str], eye_height_m: float) -> tuple[Any, xr.ReferenceSpaceType]:
    """The space in which head, hands and eyes are located, and its type.

    Args:
        session: ``xr.Session``.
        extensions: those that are enabled.
        eye_height_m: how far below the origin of a LOCAL space the floor is taken to be.
    """
    offered = {int(space) for space in xr.enumerate_reference_spaces(session)}
    if LOCAL_FLOOR_EXTENSION not in extensions:
        offered.discard(int(xr.ReferenceSpaceType.LOCAL_FLOOR))
    # Every runtime has LOCAL (OpenXR 1.0, "Reference Spaces").
    kind = next((space for space in PLAY_SPACES if int(space) in offered), xr.ReferenceSpaceType.LOCAL)
    pose = xr.Posef()
    if kind == xr.ReferenceSpaceType.LOCAL:
        pose.position.y = -eye_height_m
    return _create(session, kind, pose), kind


def view_space(session: Any) -> Any:
    """The space that goes with the head."""
    return _create(session, xr.ReferenceSpaceType.VIEW, xr.Posef())


def _create(session: Any, kind: xr.ReferenceSpaceType, pose: xr.Posef) -> Any:
    info = xr.ReferenceSpaceCreateInfo(reference_space_type=kind, pose_in_reference_space=pose)
    return xr.create_reference_space(session, info)
