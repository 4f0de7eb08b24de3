"""Controllers and hands of a running session: action set, suggested bindings, poses, buttons and ticks.

The order in the life of a session: made right after the session, :meth:`Actions.sync` then :meth:`Actions.hands` once
a frame while it runs, :meth:`Actions.profile_changed` at that event, :meth:`Actions.close` before the session is
destroyed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xr

from walkbox.hosts.headset.calls import TROUBLE, check, raw
from walkbox.hosts.headset.hand_shapes import aim_pose, fist, grip_pose, pinch
from walkbox.hosts.headset.hand_tracking import DATA_SOURCE, HAND_TRACKING, HandTracker, tracks_hands
from walkbox.hosts.headset.poses import LOCATION, matrix_of
from walkbox.hosts.headset.profiles import HAND_INTERACTION, HANDS, PROFILES
from walkbox.inputs import Hand

__all__ = ["Actions"]

# Action -> type and the words that runtimes show where bindings are edited.
_ACTIONS = {
    "grip": (xr.ActionType.POSE_INPUT, "Hand"),
    "aim": (xr.ActionType.POSE_INPUT, "Ray"),
    "trigger": (xr.ActionType.FLOAT_INPUT, "Point and click"),
    "squeeze": (xr.ActionType.FLOAT_INPUT, "Grab the world"),
    "squeeze_force": (xr.ActionType.FLOAT_INPUT, "Grab the world (force)"),
    "stick": (xr.ActionType.VECTOR2F_INPUT, "Move and turn"),
    "trackpad": (xr.ActionType.VECTOR2F_INPUT, "Move and turn (trackpad, while it is pressed)"),
    "trackpad_press": (xr.ActionType.BOOLEAN_INPUT, "Trackpad pressed"),
    "menu": (xr.ActionType.BOOLEAN_INPUT, "Panels"),
    "close": (xr.ActionType.BOOLEAN_INPUT, "Close"),
    "haptic": (xr.ActionType.VIBRATION_OUTPUT, "Tick"),
}
_POSES = ("grip", "aim")
_BUTTONS = ("menu", "close")
_OF_A_HAND = ("trigger", "squeeze", "squeeze_force", "stick", "trackpad", "trackpad_press")
_READING = {
    xr.ActionType.FLOAT_INPUT: (raw.xrGetActionStateFloat, xr.ActionStateFloat),
    xr.ActionType.BOOLEAN_INPUT: (raw.xrGetActionStateBoolean, xr.ActionStateBoolean),
    xr.ActionType.VECTOR2F_INPUT: (raw.xrGetActionStateVector2f, xr.ActionStateVector2f),
}
_LOCATED = xr.SpaceLocationFlags.ORIENTATION_VALID_BIT.value | xr.SpaceLocationFlags.POSITION_VALID_BIT.value


class Actions:
    """See the module. Main thread only; errors of the runtime come as pyopenxr's exceptions.

    Attributes:
        focused: the last :meth:`sync` found that input goes to this session.
        profiles: hand -> path of the interaction profile in use, None where there is none (yet).
        refused: path of a profile that was not suggested or not taken -> why.
    """

    EXTENSIONS = (
        *dict.fromkeys(profile.extension for profile in PROFILES if profile.extension),
        HAND_TRACKING,
        DATA_SOURCE,
    )

    def __init__(
        self,
        instance: xr.Instance,
        system_id: int,
        session: xr.Session,
        extensions: frozenset[str],
        profiles: Sequence[str] | None = None,
    ) -> None:
        """Suggest bindings and attach the action set.

        Args:
            instance, system_id, session: as they stand; the session has no action set yet.
            extensions: enabled for the instance; which of :data:`EXTENSIONS` are among them decides what is used.
            profiles: paths of those to suggest, None for all.
        """
        self.focused = False
        self.profiles: dict[str, str | None] = dict.fromkeys(HANDS)
        self.refused: dict[str, str] = {}
        self._instance, self._session = instance, session
        self._pressed: list[str] = []
        self._down: dict[str, bool] = dict.fromkeys(_BUTTONS, False)
        self._trackers: dict[str, HandTracker] = {}
        self._made = contextlib.ExitStack()
        try:
            self._attach(extensions, profiles)
            if HAND_TRACKING in extensions and tracks_hands(instance, system_id):
                for hand in HANDS:
                    self._trackers[hand] = HandTracker(instance, session, hand, DATA_SOURCE in extensions)
                    self._made.callback(self._trackers[hand].close)
        except TROUBLE:
            self.close()
            raise

    def _attach(self, extensions: frozenset[str], profiles: Sequence[str] | None) -> None:
        instance, session = self._instance, self._session
        action_set = xr.create_action_set(instance, xr.ActionSetCreateInfo("walk", "Walk", 0))
        self._made.callback(xr.destroy_action_set, action_set)
        self._paths = {hand: xr.string_to_path(instance, f"/user/hand/{hand}") for hand in HANDS}
        both = (xr.Path * 2)(*self._paths.values())
        self._actions: dict[str, xr.Action] = {}
        for name, (kind, words) in _ACTIONS.items():
            self._actions[name] = xr.create_action(action_set, xr.ActionCreateInfo(name, kind, 2, both, words))
            self._made.callback(xr.destroy_action, self._actions[name])
        self._suggest(extensions, profiles)
        xr.attach_session_action_sets(session, xr.SessionActionSetsAttachInfo(action_sets=[action_set]))

        self._sync_info = xr.ActionsSyncInfo(active_action_sets=[xr.ActiveActionSet(action_set)])
        self._read = {
            (name, hand): self._reader(name, path) for name in _OF_A_HAND for hand, path in self._paths.items()
        }
        self._read_both = {name: self._reader(name, xr.Path(xr.NULL_PATH)) for name in _BUTTONS}
        self._spaces: list[xr.Space] = []
        for path in self._paths.values():
            for pose in _POSES:
                info = xr.ActionSpaceCreateInfo(action=self._actions[pose], subaction_path=path)
                self._spaces.append(xr.create_action_space(session, info))
                self._made.callback(xr.destroy_space, self._spaces[-1])
        self._places = [xr.SpaceLocation() for _ in self._spaces]

    def _suggest(self, extensions: frozenset[str], wanted: Sequence[str] | None) -> None:
        for profile in PROFILES:
            if wanted is not None and profile.path not in wanted:
                continue
            if profile.extension is not None and profile.extension not in extensions:
                self.refused[profile.path] = f"the runtime does not offer {profile.extension}"
                continue
            bindings = [
                xr.ActionSuggestedBinding(self._actions[action], xr.string_to_path(self._instance, path))
                for action, path in profile.paths()
            ]
            path = xr.string_to_path(self._instance, profile.path)
            suggestion = xr.InteractionProfileSuggestedBinding(path, suggested_bindings=bindings)
            try:
                xr.suggest_interaction_profile_bindings(self._instance, suggestion)
            except TROUBLE as error:
                # One controller less; where the runtime itself is gone, attaching says so.
                self.refused[profile.path] = f"the runtime refused it: {error}"

    def _reader(self, name: str, path: xr.Path) -> Callable[[], Any]:
        """A function that returns the state of an action on one hand (or of both together), always the same object."""
        ask, make = _READING[_ACTIONS[name][0]]
        session, state = self._session, make()
        info = xr.ActionStateGetInfo(self._actions[name], path)

        def read() -> Any:
            check(ask(session, info, state))
            return state

        return read

    def sync(self) -> bool:
        """Take the state of all actions for this frame. Returns False while another program has the input focus."""
        was, self.focused = self.focused, check(raw.xrSyncActions(self._session, self._sync_info)) == xr.Result.SUCCESS
        if not self.focused:
            self._pressed.clear()
            return False
        if not was:
            self.profile_changed()
        for name, read in self._read_both.items():
            down = bool(read().current_state)
            # A button that was held when the focus came was pressed for what had it before.
            if was and down and not self._down[name]:
                self._pressed.append(name)
            self._down[name] = down
        return True

    def pressed(self) -> list[str]:
        """Which of ``menu`` and ``close`` went down since the last call, each as often as it did."""
        pressed, self._pressed = self._pressed, []
        return pressed

    def profile_changed(self) -> None:
        """Ask which interaction profile each hand uses now: at XrEventDataInteractionProfileChanged."""
        for hand, path in self._paths.items():
            profile = xr.get_current_interaction_profile(self._session, path).interaction_profile
            self.profiles[hand] = xr.path_to_string(self._instance, profile) if profile else None

    def hands(self, space: xr.Space, time_ns: int) -> tuple[Hand, ...]:
        """Left and right hand in *space* as they will be at *time_ns*; none without the input focus.

        A controller wins over the hand that holds it. A hand is bare where the runtime says so
        (``XR_EXT_hand_tracking_data_source``), else where its joints are seen and no controller is tracked.
        """
        if not self.focused:
            return ()
        # XR_KHR_locate_spaces would ask for all at once: with it Monado 25.0 loses the others when one is inactive.
        for action_space, place in zip(self._spaces, self._places, strict=True):
            check(raw.xrLocateSpace(action_space, space, time_ns, place))
        left_grip, left_aim, right_grip, right_aim = (_pose_in(place) for place in self._places)
        return (
            self._hand("left", left_grip, left_aim, space, time_ns),
            self._hand("right", right_grip, right_aim, space, time_ns),
        )

    def _hand(self, name: str, grip: np.ndarray | None, aim: np.ndarray | None, space: xr.Space, time_ns: int) -> Hand:
        trigger, squeeze, stick = self._values(name)
        by_runtime = self.profiles[name] == HAND_INTERACTION
        controller = grip is not None and not by_runtime
        tracker = self._trackers.get(name)
        if tracker is None or (controller and not tracker.says_source):
            return Hand(name, grip, aim, trigger, squeeze, stick)
        joints = tracker.locate(space, time_ns)
        if joints is None or tracker.bare is False or (controller and not tracker.bare):
            return Hand(name, grip, aim, trigger, squeeze, stick)
        left = name == "left"
        if not by_runtime:
            trigger, squeeze, grip, aim = pinch(joints), fist(joints), None, None
        return Hand(
            name,
            grip_pose(joints, left) if grip is None else grip,
            aim_pose(joints, left) if aim is None else aim,
            trigger,
            squeeze,
            stick,
            joints,
        )

    def _values(self, name: str) -> tuple[float, float, tuple[float, float]]:
        trigger = self._read["trigger", name]().current_state
        squeeze = self._read["squeeze", name]().current_state
        force = self._read["squeeze_force", name]()
        if force.is_active:
            # The Index controller's value is 1 as soon as the hand lies around it: only force makes it a grab.
            squeeze = min(1.0, 0.4 * squeeze + 2 * force.current_state)
        stick = self._read["stick", name]()
        if not stick.is_active and self._read["trackpad_press", name]().current_state:
            stick = self._read["trackpad", name]()
        return trigger, squeeze, (stick.current_state.x, stick.current_state.y)

    def pulse(self, hand: str, strength: float, duration_s: float) -> bool:
        """Let the controller in *hand* tick, *strength* 0..1. Returns whether the runtime took it."""
        vibration = xr.HapticVibration(
            duration=xr.Duration(int(duration_s * 1e9) or xr.MIN_HAPTIC_DURATION),
            frequency=xr.FREQUENCY_UNSPECIFIED,
            amplitude=min(max(strength, 0.0), 1.0),
        )
        motor = xr.HapticActionInfo(self._actions["haptic"], self._paths[hand])
        return raw.xrApplyHapticFeedback(self._session, motor, vibration) == xr.Result.SUCCESS

    def close(self) -> None:
        """Free all of it, before the session is destroyed; a runtime that is gone does no harm. May be called twice."""
        with contextlib.suppress(TROUBLE):
            self._made.close()


def _pose_in(place: xr.SpaceLocation) -> np.ndarray | None:
    """Where it is, None where nobody knows."""
    flags, *numbers = LOCATION.unpack_from(place, xr.SpaceLocation._location_flags.offset)
    return matrix_of(*numbers) if flags & _LOCATED == _LOCATED else None
