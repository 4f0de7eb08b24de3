"""Which part of which controller does what: the bindings that are suggested to the runtime.

One dictionary a controller: action -> where it is found, relative to ``/user/hand/left`` and ``/user/hand/right``. A
path that begins with ``left/`` or ``right/`` exists on that hand only. The paths are those of the interaction profiles
in the OpenXR specification (section "Interaction Profile Paths") and of the extensions named here. A runtime that knows
none of them by heart translates the nearest one, so that newer controllers work as well.

Actions: ``grip`` and ``aim`` (poses), ``trigger``, ``squeeze`` and ``squeeze_force`` (0..1), ``stick`` and ``trackpad``
(-1..1, -1..1), ``trackpad_press``, ``menu``, ``close`` (buttons), ``haptic`` (a motor).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["HANDS", "HAND_INTERACTION", "PROFILES", "Profile"]

HANDS = ("left", "right")

_POSES = {"grip": "input/grip/pose", "aim": "input/aim/pose"}
_HELD = {**_POSES, "haptic": "output/haptic"}

_SIMPLE = {
    **_HELD,
    "trigger": "input/select/click",
    "menu": "input/menu/click",
}
_TOUCH = {
    **_HELD,
    "trigger": "input/trigger/value",
    "squeeze": "input/squeeze/value",
    "stick": "input/thumbstick",
    "menu": "left/input/menu/click left/input/y/click right/input/b/click",
    "close": "left/input/x/click right/input/a/click",
}
_INDEX = {
    **_HELD,
    "trigger": "input/trigger/value",
    "squeeze": "input/squeeze/value",
    "squeeze_force": "input/squeeze/force",
    "stick": "input/thumbstick",
    "menu": "input/b/click",
    "close": "input/a/click",
}
_VIVE = {
    **_HELD,
    "trigger": "input/trigger/value",
    "squeeze": "input/squeeze/click",
    "trackpad": "input/trackpad",
    "trackpad_press": "input/trackpad/click",
    "menu": "input/menu/click",
}
_MOTION = {
    **_HELD,
    "trigger": "input/trigger/value",
    "squeeze": "input/squeeze/click",
    "stick": "input/thumbstick",
    "menu": "input/menu/click",
    "close": "input/trackpad/click",
}
_REVERB = {
    **_HELD,
    "trigger": "input/trigger/value",
    "squeeze": "input/squeeze/value",
    "stick": "input/thumbstick",
    "menu": "input/menu/click left/input/y/click right/input/b/click",
    "close": "left/input/x/click right/input/a/click",
}
_PICO_NEO3 = _REVERB
_PICO_4 = _TOUCH
_BARE_HAND = {
    **_POSES,
    "trigger": "input/aim_activate_ext/value",
    "squeeze": "input/grasp_ext/value",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """An interaction profile.

    Attributes:
        path: as the specification writes it.
        bindings: action -> one or more paths, separated by blanks.
        extension: must be enabled for it, or None for a part of OpenXR 1.0.
    """

    path: str
    bindings: Mapping[str, str]
    extension: str | None = None

    def paths(self) -> list[tuple[str, str]]:
        """(action, full path) of every binding."""
        return [
            (action, "/user/hand/" + (path if path.startswith(HANDS) else f"{hand}/{path}"))
            for action, paths in self.bindings.items()
            for path in paths.split()
            for hand in HANDS
            if path.startswith(("input/", "output/", f"{hand}/"))
        ]


HAND_INTERACTION = "/interaction_profiles/ext/hand_interaction_ext"

PROFILES = (
    Profile("/interaction_profiles/khr/simple_controller", _SIMPLE),
    Profile("/interaction_profiles/oculus/touch_controller", _TOUCH),
    Profile("/interaction_profiles/valve/index_controller", _INDEX),
    Profile("/interaction_profiles/htc/vive_controller", _VIVE),
    Profile("/interaction_profiles/microsoft/motion_controller", _MOTION),
    Profile("/interaction_profiles/hp/mixed_reality_controller", _REVERB, "XR_EXT_hp_mixed_reality_controller"),
    Profile("/interaction_profiles/bytedance/pico_neo3_controller", _PICO_NEO3, "XR_BD_controller_interaction"),
    Profile("/interaction_profiles/bytedance/pico4_controller", _PICO_4, "XR_BD_controller_interaction"),
    Profile(HAND_INTERACTION, _BARE_HAND, "XR_EXT_hand_interaction"),
)
