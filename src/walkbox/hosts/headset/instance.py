"""The connection to a runtime: an OpenXR instance, and the headset that it knows (its *system*)."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import xr

from walkbox.errors import HostError
from walkbox.hosts.headset.calls import TROUBLE
from walkbox.hosts.headset.remedies import headset_error

__all__ = ["OPTIONAL_EXTENSIONS", "Instance", "version_text"]

OPENGL = "XR_KHR_opengl_enable"

OPTIONAL_EXTENSIONS = (
    "XR_KHR_composition_layer_depth",
    "XR_KHR_visibility_mask",
    "XR_KHR_convert_timespec_time" if sys.platform != "win32" else "XR_KHR_win32_convert_performance_counter_time",
    "XR_FB_display_refresh_rate",
    "XR_EXT_local_floor",
)
"""Enabled where the runtime has them; those of the input stand in ``actions.Actions.EXTENSIONS``."""


class Instance:
    """An OpenXR instance. May be made on any thread.

    Args:
        needed: extensions without which there is no use (``XR_KHR_opengl_enable`` is always one).
        wanted: extensions to enable where the runtime has them.

    Attributes:
        handle: ``xr.Instance``.
        extensions: those that are enabled.
        offered: all that the runtime has.
        runtime: its name and version, for people.
        system_id: of the headset; 0 until :meth:`find_headset` has found it.
        headset: what the runtime calls it.
        max_size_px: largest width and height of a swapchain image.
        max_layers: most composition layers a frame may have.

    Raises:
        HostError: no runtime answers, or it lacks what is needed.
    """

    def __init__(self, needed: tuple[str, ...] = (), wanted: tuple[str, ...] = ()):
        needed = (OPENGL, *needed)
        try:
            self.offered = frozenset(e.extension_name.decode() for e in xr.enumerate_instance_extension_properties())
            if missing := [name for name in needed if name not in self.offered]:
                raise HostError(
                    f"No headset: the OpenXR runtime lacks {' and '.join(missing)}, and walkbox's OpenGL context "
                    f"needs it. {_without(missing)}"
                )
            self.extensions = frozenset(needed) | {name for name in wanted if name in self.offered}
            self.handle = xr.create_instance(
                xr.InstanceCreateInfo(
                    application_info=xr.ApplicationInfo("walkbox", 1, "walkbox", 1, xr.Version(1, 0, 34)),
                    enabled_extension_names=sorted(self.extensions),
                )
            )
        except TROUBLE as error:
            raise headset_error(error, "connecting to the runtime") from error
        self.runtime = ""
        try:
            properties = xr.get_instance_properties(self.handle)
        except TROUBLE as error:
            self.close()
            raise headset_error(error, "asking for the runtime's name") from error
        self.runtime = f"{properties.runtime_name.decode()} {version_text(int(properties.runtime_version))}"
        self.system_id: Any = 0
        self.headset = ""
        self.max_size_px = (0, 0)
        self.max_layers = 1

    def find_headset(self) -> None:
        """Ask for the headset; it may be asked for again and again.

        Raises:
            HostError: there is none, or it is off.
        """
        try:
            self.system_id = xr.get_system(
                self.handle, xr.SystemGetInfo(form_factor=xr.FormFactor.HEAD_MOUNTED_DISPLAY)
            )
            properties = xr.get_system_properties(self.handle, self.system_id)
        except TROUBLE as error:
            raise headset_error(error, "looking for the headset") from error
        graphics = properties.graphics_properties
        self.headset = properties.system_name.decode(errors="replace")
        self.max_size_px = (graphics.max_swapchain_image_width, graphics.max_swapchain_image_height)
        self.max_layers = graphics.max_layer_count

    def close(self) -> None:
        """Let go of the runtime. May be called twice."""
        handle, self.handle = self.handle, None
        if handle is None or (sys.platform.startswith("linux") and self.runtime.startswith("SteamVR")):
            return  # SteamVR on Linux hangs in xrDestroyInstance; it notices when the process ends
        with contextlib.suppress(*(TROUBLE,)):
            xr.destroy_instance(handle)

    handle: Any


def version_text(version: int) -> str:
    """``major.minor.patch`` of an ``XrVersion``."""
    return f"{version >> 48}.{version >> 32 & 0xFFFF}.{version & 0xFFFFFFFF}"


def _without(missing: list[str]) -> str:
    if "XR_MNDX_egl_enable" in missing:
        return "Under Wayland, start walkbox with WAYLAND_DISPLAY= (X11 then). Without a display, use Monado or WiVRn."
    return "Use a runtime with OpenGL (SteamVR, Monado, WiVRn, the headset maker's own on Windows)."
