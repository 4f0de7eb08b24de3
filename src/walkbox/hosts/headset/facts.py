"""What the OpenXR runtime of this machine says of itself, and the remedy where it does not work.

``python -m walkbox.hosts.headset.facts`` prints the facts as one line of JSON. :func:`ask` runs that in a process of
its own, because loading a broken runtime may crash.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from walkbox.hosts import platform
from walkbox.hosts.child import answer_of, python
from walkbox.hosts.headset.runtime import Runtime, find_runtime

__all__ = ["Obstacle", "ask", "gather", "obstacle"]

TIMEOUT_S = 30.0
"""SteamVR takes many seconds to start when it is asked for the first time."""

GUIDE = "docs/headset.md"


@dataclass(frozen=True)
class Obstacle:
    """Why there is no walk in a headset.

    Attributes:
        what: half a sentence that says what is wrong, with values.
        todo: the one thing to do about it.
        may_pass: the headset may answer later without anything being installed or corrected.
    """

    what: str
    todo: str
    may_pass: bool = False


def ask(timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """The facts, gathered in a process of its own: those of :func:`gather`, and ``runtime_file``.

    ``runtime_file`` is what :func:`~walkbox.hosts.headset.runtime.find_runtime` found, or None. Without a usable one
    nothing else is asked.
    """
    runtime = find_runtime()
    if runtime is None or runtime.error or not runtime.active:
        return {"runtime_file": runtime and asdict(runtime)}
    answer = answer_of([*python(), "-m", "walkbox.hosts.headset.facts"], timeout_s)
    if "stage" not in answer:
        answer = {"stage": "process", "error": {"code": "", "text": str(answer.get("error"))}}
    return {"runtime_file": asdict(runtime)} | answer


def gather(runtime: Runtime) -> dict[str, Any]:
    """Load the runtime into this process and ask what it offers, as plain JSON data.

    ``stage`` says how far that went: ``library`` (it cannot be loaded), ``instance`` (it does not answer), ``system``
    (no headset), ``graphics`` (it cannot show our pictures), ``ready``. Where it is not ``ready``, ``error`` holds
    OpenXR's name of the result (``code``, may be empty) and ``text``.
    """
    facts: dict[str, Any] = {"stage": "library"}
    try:
        ctypes.CDLL(runtime.library)  # the loader says less of why it cannot
        import xr
    except (OSError, ImportError) as error:
        return facts | {"error": {"code": "", "text": str(error)}}
    try:
        _ask_runtime(xr, facts)
    except xr.exception.ResultException as error:
        result = error.get_result_enum()
        facts["error"] = {"code": result.name.removeprefix("ERROR_") if result else "", "text": str(error).strip()}
    return facts


def _ask_runtime(xr: Any, facts: dict[str, Any]) -> None:
    facts["stage"] = "instance"
    offered = {e.extension_name.decode() for e in xr.enumerate_instance_extension_properties()}
    facts["offered"] = sorted(offered)
    instance = xr.create_instance(
        xr.InstanceCreateInfo(
            application_info=xr.ApplicationInfo("walkbox", 1, "walkbox", 1, xr.Version(1, 0, 34)),
            enabled_extension_names=[name for name in ("XR_KHR_opengl_enable",) if name in offered],
        )
    )
    try:
        properties = xr.get_instance_properties(instance)
        facts["runtime"] = {
            "name": properties.runtime_name.decode(errors="replace"),
            "version": str(xr.Version(properties.runtime_version)),
        }
        facts["stage"] = "system"
        form = xr.FormFactor.HEAD_MOUNTED_DISPLAY
        system = xr.get_system(instance, xr.SystemGetInfo(form_factor=form))
        _describe_system(xr, instance, system, facts)
        facts["stage"] = "graphics"
        text = _no_graphics(offered)
        if text:
            facts["error"] = {"code": "", "text": text}
        else:
            facts["stage"] = "ready"
    finally:
        xr.destroy_instance(instance)


def _describe_system(xr: Any, instance: Any, system: Any, facts: dict[str, Any]) -> None:
    properties = xr.get_system_properties(instance, system)
    graphics, tracking = properties.graphics_properties, properties.tracking_properties
    stereo = xr.ViewConfigurationType.PRIMARY_STEREO
    views = xr.enumerate_view_configuration_views(instance, system, stereo)
    facts["system"] = {
        "name": properties.system_name.decode(errors="replace"),
        "vendor_id": properties.vendor_id,
        "position_tracking": bool(tracking.position_tracking),
        "largest_picture_px": [graphics.max_swapchain_image_width, graphics.max_swapchain_image_height],
        "layers": graphics.max_layer_count,
        "views_px": [[v.recommended_image_rect_width, v.recommended_image_rect_height] for v in views],
        "blend_modes": [
            xr.EnvironmentBlendMode(mode).name
            for mode in xr.enumerate_environment_blend_modes(instance, system, stereo)
        ],
    }


def _no_graphics(offered: set[str]) -> str:
    """Why this runtime cannot show what a window or an offscreen context of this machine draws, or an empty string."""
    if "XR_KHR_opengl_enable" not in offered:
        return "it does not take OpenGL pictures (XR_KHR_opengl_enable is missing)"
    by_egl = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
    if by_egl and "XR_MNDX_egl_enable" not in offered:
        where = (
            "a Wayland session without X11" if platform.display_server() == "wayland" else "a session without a display"
        )
        return f"it takes OpenGL pictures from X11 only, and this is {where} (XR_MNDX_egl_enable is missing)"
    return ""


def obstacle(facts: Mapping[str, Any]) -> Obstacle | None:
    """What stands between these facts (of :func:`ask`) and a walk in the headset; None when nothing does."""
    file = facts["runtime_file"]
    if file is None:
        todo = f"Install the headset's OpenXR runtime: SteamVR, Monado or WiVRn ({GUIDE})."
        return Obstacle("no OpenXR runtime is installed", todo)
    if file["error"]:
        what = f"{file['manifest']} (named by {file['named_by']}) is of no use: {file['error']}"
        return Obstacle(what, "Install the headset's OpenXR runtime again, or correct that file.")
    if not file["active"]:
        todo = f"Type: mkdir -p ~/.config/openxr/1 && ln -sf {file['manifest']} ~/.config/openxr/1/active_runtime.json"
        return Obstacle(f"a runtime is installed ({file['manifest']}), but none is active", todo)
    if facts["stage"] == "ready":
        return None
    name = facts.get("runtime", {}).get("name") or file["name"] or file["library"]
    error = facts["error"]
    return _OBSTACLES[facts["stage"]](name, file, error["code"], error["text"])


def _of_library(name: str, file: Mapping[str, Any], code: str, text: str) -> Obstacle:
    what = f"the library of {name} cannot be loaded: {text}"
    if "ELFCLASS32" in text or "WinError 193" in text:
        todo = (
            f"It is a 32-bit runtime. Let {file['manifest']} name the 64-bit library, or make a 64-bit runtime active."
        )
        return Obstacle(what, todo)
    if match := re.search(r"version `?(\w+_[\d.]+)'? not found", text):
        todo = (
            f"The runtime was built for a newer system ({match[1]}) than this one. Install a build of {name} for this "
            "release, or update the system."
        )
        return Obstacle(what, todo)
    if (match := re.match(r"(\S+): cannot open shared object file", text)) and match[1] != file["library"]:
        return Obstacle(what, f"Install the package that brings {match[1]}.")
    return Obstacle(what, f"Install {name} again.")


def _of_process(name: str, file: Mapping[str, Any], code: str, text: str) -> Obstacle:
    todo = "Update the headset's software. `walkbox run --host desktop` does not touch it."
    return Obstacle(f"{name} was asked in a process of its own, and {text}", todo)


def _of_instance(name: str, file: Mapping[str, Any], code: str, text: str) -> Obstacle:
    if code == "API_VERSION_UNSUPPORTED":
        return Obstacle(f"{name} does not speak OpenXR 1.0", f"Update {name}.")
    kind = next((known for known in _SERVICES if known in f"{name} {file['library']}".lower()), "")
    todo = _SERVICES.get(kind, "Start the headset's software first.")
    return Obstacle(f"{name} does not answer ({code or text}): is it running?", todo, may_pass=True)


_SERVICES = {
    "monado": "Start its service: systemctl --user start monado.socket, or monado-service in a terminal.",
    "wivrn": "Start the WiVRn server, and connect the headset to it.",
    "steam": "Start SteamVR.",
}


def _of_system(name: str, file: Mapping[str, Any], code: str, text: str) -> Obstacle:
    if code == "FORM_FACTOR_UNAVAILABLE":
        todo = "Connect the headset, wake it (put it on for a moment), and wait until its software shows it as ready."
        return Obstacle(f"{name} answers, but its headset is asleep or not connected", todo, may_pass=True)
    if code == "FORM_FACTOR_UNSUPPORTED":
        return Obstacle(f"{name} has no headset, only other devices", "Make the headset's own runtime active.")
    return Obstacle(f"{name} answers, but not about its headset ({code or text})", f"Restart {name}.", may_pass=True)


def _of_graphics(name: str, file: Mapping[str, Any], code: str, text: str) -> Obstacle:
    todo = "Log in to an X11 session, or use Monado or WiVRn." if "X11" in text else "Use a runtime that takes OpenGL."
    return Obstacle(f"{name} cannot show what walkbox draws: {text}", todo)


_OBSTACLES = {
    "process": _of_process,
    "library": _of_library,
    "instance": _of_instance,
    "system": _of_system,
    "graphics": _of_graphics,
}


if __name__ == "__main__":
    found = find_runtime()
    if found is None:
        raise SystemExit("no OpenXR runtime is installed")
    print("\n" + json.dumps(gather(found)), flush=True)
