"""What a failure of OpenXR means for the person, and what to do about it."""

from __future__ import annotations

from typing import Any

import xr

from walkbox.errors import HostError

__all__ = ["error_code", "headset_error"]

DOCTOR = "`walkbox doctor` says more."

REMEDIES = {
    "RuntimeUnavailableError": (
        "no OpenXR runtime is active on this machine",
        "Start SteamVR, Monado, WiVRn or the headset's own program and let it be the active OpenXR runtime.",
    ),
    "FileAccessErrorError": (
        "the file that names the OpenXR runtime cannot be read",
        "Let the headset's program make itself the active OpenXR runtime, or correct XR_RUNTIME_JSON.",
    ),
    "FileContentsInvalidError": (
        "the file that names the OpenXR runtime is not in order",
        "Let the headset's program make itself the active OpenXR runtime, or correct XR_RUNTIME_JSON.",
    ),
    "RuntimeFailureError": (
        "the OpenXR runtime does not answer",
        "Start its service (SteamVR, monado-service, WiVRn) and try again.",
    ),
    "InitializationFailedError": (
        "the OpenXR runtime cannot be loaded",
        "A runtime for another architecture, or one that needs a newer C library than this system has, cannot be used.",
    ),
    "FormFactorUnavailableError": (
        "the OpenXR runtime finds no headset",
        "Connect it, switch it on and wake it up.",
    ),
    "FormFactorUnsupportedError": (
        "the OpenXR runtime is not made for headsets",
        "Let the headset's own runtime be the active one.",
    ),
    "ApiVersionUnsupportedError": ("the OpenXR runtime does not know OpenXR 1.0", "Update it."),
    "ExtensionNotPresentError": ("the OpenXR runtime lacks an extension that is needed", "Update it."),
    "GraphicsDeviceInvalidError": (
        "the OpenXR runtime does not take this OpenGL context",
        "The headset must hang on the graphics card that draws the window; update the graphics driver.",
    ),
    "LimitReachedError": ("the OpenXR runtime serves no further program", "End other VR programs."),
    "InstanceLostError": ("the OpenXR runtime has ended", "Start it again; walkbox comes back to it by itself."),
    "SessionLostError": ("the headset was lost", "Connect it again; walkbox comes back to it by itself."),
}
"""(what it means, what to do) by the name of pyopenxr's exception."""


def error_code(error: Any) -> str:
    """The name of the result in the specification (``XR_ERROR_...``), or of the exception."""
    result = error.get_result_enum() if isinstance(error, xr.exception.ResultException) else None
    return f"XR_{result.name}" if result is not None else type(error).__name__


def headset_error(error: Any, doing: str = "") -> HostError:
    """A readable error for one of OpenXR; raise it from that one.

    Args:
        error: what pyopenxr raised.
        doing: what was being done, for failures that are not known.
    """
    meaning, remedy = REMEDIES.get(
        type(error).__name__, (f"OpenXR failed{' while ' + doing if doing else ''}", "Restart the headset's runtime.")
    )
    return HostError(f"No headset: {meaning} ({error_code(error)}). {remedy} {DOCTOR}")
