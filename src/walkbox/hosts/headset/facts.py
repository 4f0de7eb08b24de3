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
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from walkbox.errors import HostError
from walkbox.hosts import platform
from walkbox.hosts.child import answer_of, python
from walkbox.hosts.headset.runtime import Runtime, find_runtime

if TYPE_CHECKING:
    from walkbox.hosts.base import Host
    from walkbox.hosts.headset.graphics import Graphics
    from walkbox.hosts.headset.instance import Instance

__all__ = ["WORTH", "Obstacle", "ask", "gather", "obstacle"]

TIMEOUT_S = 30.0
PATIENCE_S = 8.0
"""SteamVR starts itself when it is asked, which takes many seconds: the doctor waits for it, a walk begins."""

GUIDE = "docs/headset.md"

WORTH = {
    "XR_KHR_composition_layer_depth": "a late frame is turned to where the head is by then, but not shifted",
    "XR_KHR_visibility_mask": "pixels that the lenses hide are drawn too",
    "XR_KHR_convert_timespec_time": "the time left in a frame is judged by the display's period alone",
    "XR_KHR_win32_convert_performance_counter_time": "the time left in a frame is judged by the display's period alone",
    "XR_FB_display_refresh_rate": "the display keeps the refresh rate that the runtime has set",
    "XR_EXT_local_floor": "where no room is set up, the height of the floor is a guess",
    "XR_MNDX_egl_enable": "OpenGL pictures are taken from X11 windows only",
    "XR_EXT_hp_mixed_reality_controller": "controllers of the HP Reverb G2 work as those that they resemble",
    "XR_BD_controller_interaction": "controllers of Pico headsets work as those that they resemble",
    "XR_EXT_hand_interaction": "pinches of bare hands are judged by their joints",
    "XR_EXT_hand_tracking": "bare hands are not seen",
    "XR_EXT_hand_tracking_data_source": "a hand that holds a controller may be taken for a bare one",
}
"""What it costs that a runtime lacks an extension that walkbox would use."""


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


def ask(*, trial: bool = False, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """The facts, gathered in a process of its own: those of :func:`gather`, and ``file``.

    ``file`` is what :func:`~walkbox.hosts.headset.runtime.find_runtime` found, or None. Without a usable one nothing
    else is asked.
    """
    runtime = find_runtime()
    if runtime is None or runtime.error or not runtime.active:
        return {"file": runtime and asdict(runtime)}
    words = [*python(), "-m", "walkbox.hosts.headset.facts", *(["--trial"] if trial else [])]
    answer = answer_of(words, timeout_s)
    if "stage" not in answer:
        answer = {"stage": "process", "error": {"code": "", "text": str(answer.get("error"))}}
    return {"file": asdict(runtime)} | answer


def gather(runtime: Runtime, *, trial: bool = False) -> dict[str, Any]:
    """Load the runtime into this process and ask what it offers, as plain JSON data.

    ``stage`` says how far that went: ``library`` (it cannot be loaded), ``instance`` (it does not answer), ``graphics``
    (it cannot take our pictures), ``system`` (no headset), ``session`` (no session can be made), ``ready``. Where it is
    not ``ready``, ``error`` holds OpenXR's name of the result (``code``, may be empty) and ``text``.

    Args:
        runtime: the one that the loader will take.
        trial: make a session too, with a context as a walk has it, but do not begin it: the headset shows nothing.
    """
    facts: dict[str, Any] = {"stage": "library"}
    try:
        from walkbox.hosts.headset.calls import TROUBLE
    except (OSError, ImportError, NotImplementedError) as error:  # there is no loader for this system
        return facts | {"error": {"code": "", "text": str(error)}}
    try:
        _ask_runtime(facts, trial)
    except (HostError, TROUBLE) as error:
        facts["error"] = {"code": _code(error), "text": str(error).strip()}
    if facts["stage"] == "instance" and (why := _not_loadable(runtime.library)):
        facts |= {"stage": "library", "error": {"code": "", "text": why}}
    return facts


def _not_loadable(library: str) -> str:
    """What the system says when it is to load a library, and the loader of OpenXR keeps to itself."""
    try:
        found = ctypes.CDLL(library)
    except OSError as error:
        return str(error)
    negotiate = "xrNegotiateLoaderRuntimeInterface"
    return "" if hasattr(found, negotiate) else f"it is no OpenXR runtime: it has no {negotiate}"


def _code(error: BaseException) -> str:
    from walkbox.hosts.headset.remedies import error_code

    cause = error.__cause__ if isinstance(error, HostError) else error
    return "" if cause is None else error_code(cause).removeprefix("XR_").removeprefix("ERROR_")


def _ask_runtime(facts: dict[str, Any], trial: bool) -> None:
    from walkbox.hosts.headset.actions import Actions
    from walkbox.hosts.headset.instance import OPTIONAL_EXTENSIONS, Instance

    facts["stage"] = "graphics"
    desk = _desk() if trial else None
    graphics = _graphics(desk) if desk is not None else None
    facts["stage"] = "instance"
    wanted = (*OPTIONAL_EXTENSIONS, *Actions.EXTENSIONS, "XR_MNDX_egl_enable")
    # Never closed: this process ends anyway, and some runtimes crash in xrDestroyInstance.
    instance = Instance((), wanted)
    facts["runtime"] = instance.runtime
    facts["extensions"] = {
        "used": sorted(instance.extensions),
        "missing": {name: WORTH[name] for name in wanted if name not in instance.offered},
    }
    facts["stage"] = "graphics"
    if text := _no_graphics(instance.offered):
        raise HostError(text)
    facts["stage"] = "system"
    instance.find_headset()
    facts["system"] = _described(instance)
    if desk is not None and graphics is not None:
        facts["stage"] = "session"
        facts["session"] = _try_session(instance, graphics, desk)
    facts["stage"] = "ready"


def _desk() -> Host:
    if platform.display_server() is None:
        from walkbox.hosts.offscreen import OffscreenHost

        return OffscreenHost((64, 64))
    from walkbox.hosts.desktop import DesktopHost

    return DesktopHost(size=(64, 64), visible=False)


def _graphics(desk: Host) -> Graphics:
    from walkbox.hosts.headset.graphics import current_graphics

    return current_graphics(desk.ctx)


def _described(instance: Instance) -> dict[str, Any]:
    import xr

    handle, system = instance.handle, instance.system_id
    stereo = xr.ViewConfigurationType.PRIMARY_STEREO
    views = xr.enumerate_view_configuration_views(handle, system, stereo)
    blends = xr.enumerate_environment_blend_modes(handle, system, stereo)
    return {
        "name": instance.headset,
        "views_px": [[v.recommended_image_rect_width, v.recommended_image_rect_height] for v in views],
        "largest_picture_px": list(instance.max_size_px),
        "layers": instance.max_layers,
        "blend_modes": [xr.EnvironmentBlendMode(int(mode)).name for mode in blends],
    }


def _try_session(instance: Instance, graphics: Graphics, desk: Host) -> dict[str, Any]:
    import xr

    from walkbox.hosts.headset.profiles import PROFILES
    from walkbox.hosts.headset.session import Session

    session = Session(instance, graphics, desk.settings, deque())
    rates = []
    if "XR_FB_display_refresh_rate" in instance.extensions:
        rates = [
            round(float(getattr(hz, "value", hz)), 1) for hz in xr.enumerate_display_refresh_rates_fb(session.handle)
        ]
    refused = session.actions.refused
    return {
        "context": graphics.name,
        "floor": session.floor.name,
        "picture_px": list(session.pictures.size_px),
        "refresh_hz": rates,
        "profiles": [profile.path for profile in PROFILES if profile.path not in refused],
        "profiles_refused": refused,
    }


def _no_graphics(offered: frozenset[str]) -> str:
    """Why this runtime cannot show what a window or an offscreen context of this machine draws, or an empty string."""
    by_egl = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
    if by_egl and "XR_MNDX_egl_enable" not in offered:
        where = (
            "a Wayland session without X11" if platform.display_server() == "wayland" else "a session without a display"
        )
        return f"it takes OpenGL pictures from X11 only, and this is {where} (XR_MNDX_egl_enable is missing)"
    return ""


def obstacle(facts: Mapping[str, Any]) -> Obstacle | None:
    """What stands between these facts (of :func:`ask`) and a walk in the headset; None when nothing does."""
    file = facts["file"]
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
    name = file["name"] or facts.get("runtime") or file["library"]
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
    if text.startswith("no answer"):
        return Obstacle(f"{name} has given {text}", "Wait until the headset's software is ready.", may_pass=True)
    todo = "Update the headset's software. `walkbox run --host desktop` does not touch it."
    return Obstacle(f"{name} was asked in a process of its own, and {text}", todo)


def _of_instance(name: str, file: Mapping[str, Any], code: str, text: str) -> Obstacle:
    if not code:  # it answers, but lacks what is needed
        what, _, todo = text.removeprefix("No headset: the OpenXR runtime ").partition(". ")
        return Obstacle(f"{name} {what}", todo)
    if code == "API_VERSION_UNSUPPORTED":
        return Obstacle(f"{name} does not speak OpenXR 1.0", f"Update {name}.")
    kind = next((known for known in _SERVICES if known in f"{name} {file['library']}".lower()), "")
    todo = _SERVICES.get(kind, "Start the headset's software first.")
    return Obstacle(f"{name} does not answer ({code}), it is probably not running", todo, may_pass=True)


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
    todo = "Log in to an X11 session, or use Monado or WiVRn." if "X11" in text else "Type `walkbox doctor`: no OpenGL."
    return Obstacle(f"{name} cannot show what walkbox draws: {text}", todo)


def _of_session(name: str, file: Mapping[str, Any], code: str, text: str) -> Obstacle:
    todo = text.removeprefix("No headset: ").removesuffix("`walkbox doctor` says more.").strip()
    return Obstacle(f"{name} and its headset answer, but no session can be made", todo[:1].upper() + todo[1:])


_OBSTACLES = {
    "process": _of_process,
    "library": _of_library,
    "instance": _of_instance,
    "system": _of_system,
    "graphics": _of_graphics,
    "session": _of_session,
}


if __name__ == "__main__":
    found = find_runtime()
    if found is None:
        raise SystemExit("no OpenXR runtime is installed")
    print("\n" + json.dumps(gather(found, trial="--trial" in sys.argv)), flush=True)
    os._exit(0)  # runtimes may crash when their threads are ended with the process
