"""The tables of bindings."""

from __future__ import annotations

import pytest

from walkbox.hosts.headset.profiles import PROFILES, Profile

BY_NAME = {profile.path.removeprefix("/interaction_profiles/"): profile for profile in PROFILES}


def test_these_controllers_are_known() -> None:
    extensions = {name: profile.extension for name, profile in BY_NAME.items()}
    assert extensions == {
        "khr/simple_controller": None,
        "oculus/touch_controller": None,
        "valve/index_controller": None,
        "htc/vive_controller": None,
        "microsoft/motion_controller": None,
        "hp/mixed_reality_controller": "XR_EXT_hp_mixed_reality_controller",
        "bytedance/pico_neo3_controller": "XR_BD_controller_interaction",
        "bytedance/pico4_controller": "XR_BD_controller_interaction",
        "ext/hand_interaction_ext": "XR_EXT_hand_interaction",
    }


@pytest.mark.parametrize("profile", PROFILES, ids=BY_NAME)
def test_every_hand_can_hold_point_and_click(profile: Profile) -> None:
    bound = profile.paths()
    for hand in ("left", "right"):
        for action in ("grip", "aim", "trigger"):
            assert [p for a, p in bound if a == action and p.startswith(f"/user/hand/{hand}/")], (hand, action)
    assert len(set(bound)) == len(bound)
    assert all(path.startswith(("/user/hand/left/", "/user/hand/right/")) for _, path in bound)


@pytest.mark.parametrize("profile", [p for p in PROFILES if "hand_interaction" not in p.path], ids=lambda p: p.path)
def test_every_controller_ticks_and_opens_the_panels(profile: Profile) -> None:
    bound = dict(profile.paths())
    assert bound["haptic"] == "/user/hand/right/output/haptic" and "menu" in bound


def test_a_path_for_one_hand_stays_there() -> None:
    touch = BY_NAME["oculus/touch_controller"].paths()
    assert [path for action, path in touch if action == "menu"] == [
        "/user/hand/left/input/menu/click",
        "/user/hand/left/input/y/click",
        "/user/hand/right/input/b/click",
    ]
    assert [path for action, path in touch if action == "stick"] == [
        "/user/hand/left/input/thumbstick",
        "/user/hand/right/input/thumbstick",
    ]
