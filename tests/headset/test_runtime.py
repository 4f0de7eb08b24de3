"""The runtime itself, spoken to with OpenXR's own calls: what every other test here stands on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from ctypes import POINTER, byref, cast
from itertools import groupby

import numpy as np
import pytest
from runtime.remote import RemoteState, pose
from runtime.screen import read_xwd


class Bare:
    """The least session there is: no graphics, one action, no frames."""

    def __init__(self):
        import xr

        self.xr = xr
        info = xr.ApplicationInfo("bare", 1, "", 0, xr.Version(1, 0, 34))
        self.instance = xr.create_instance(
            xr.InstanceCreateInfo(enabled_extension_names=["XR_MND_headless"], application_info=info)
        )
        system = xr.get_system(self.instance, xr.SystemGetInfo(form_factor=xr.FormFactor.HEAD_MOUNTED_DISPLAY))
        self.session = xr.create_session(self.instance, xr.SessionCreateInfo(system_id=system))
        self.states: list[str] = []
        self.actions = xr.create_action_set(self.instance, xr.ActionSetCreateInfo("walk", "Walk", 0))
        self.trigger = xr.create_action(
            self.actions,
            xr.ActionCreateInfo("trigger", xr.ActionType.FLOAT_INPUT, localized_action_name="Trigger"),
        )
        path = self.path("/user/hand/right/input/trigger/value")
        xr.suggest_interaction_profile_bindings(
            self.instance,
            xr.InteractionProfileSuggestedBinding(
                interaction_profile=self.path("/interaction_profiles/oculus/touch_controller"),
                suggested_bindings=[xr.ActionSuggestedBinding(self.trigger, path)],
            ),
        )
        xr.attach_session_action_sets(self.session, xr.SessionActionSetsAttachInfo(action_sets=[self.actions]))
        self.stage, self.view = self.space(xr.ReferenceSpaceType.STAGE), self.space(xr.ReferenceSpaceType.VIEW)

    def path(self, text: str) -> int:
        return self.xr.string_to_path(self.instance, text)

    def space(self, kind: int):
        info = self.xr.ReferenceSpaceCreateInfo(reference_space_type=kind, pose_in_reference_space=self.xr.Posef())
        return self.xr.create_reference_space(self.session, info)

    def until(self, state: str, timeout_s: float = 10.0) -> None:
        """Take events until that state has been reached."""
        xr = self.xr
        deadline = time.monotonic() + timeout_s
        while state not in self.states:
            assert time.monotonic() < deadline, f"{state} was not reached: {self.states}"
            try:
                event = xr.poll_event(self.instance)
            except xr.EventUnavailable:
                time.sleep(0.005)
                continue
            if event.type == xr.StructureType.EVENT_DATA_REFERENCE_SPACE_CHANGE_PENDING.value:
                self.states.append("REFERENCE_SPACE_CHANGE_PENDING")
            if event.type == xr.StructureType.EVENT_DATA_SESSION_STATE_CHANGED.value:
                changed = cast(byref(event), POINTER(xr.EventDataSessionStateChanged)).contents
                self.states.append(xr.SessionState(changed.state).name)
                if self.states[-1] == "READY":
                    xr.begin_session(self.session, xr.SessionBeginInfo(xr.ViewConfigurationType.PRIMARY_STEREO))
                if self.states[-1] == "STOPPING":
                    xr.end_session(self.session)

    def head(self) -> tuple[float, ...]:
        """(x, y, z, w, px, py, pz) of the head now."""
        found = self.xr.locate_space(self.view, self.stage, time.clock_gettime_ns(time.CLOCK_MONOTONIC)).pose
        q, p = found.orientation, found.position
        return (q.x, q.y, q.z, q.w, p.x, p.y, p.z)

    def pull(self) -> float:
        """How far the right trigger is pulled."""
        xr = self.xr
        active = [xr.ActiveActionSet(self.actions, xr.NULL_PATH)]
        xr.sync_actions(self.session, xr.ActionsSyncInfo(active_action_sets=active))
        return xr.get_action_state_float(self.session, xr.ActionStateGetInfo(self.trigger, xr.NULL_PATH)).current_state


@pytest.fixture
def bare(monado) -> Iterator[Bare]:
    made = Bare()
    yield made
    made.xr.destroy_instance(made.instance)


def test_a_session_lives_from_idle_to_exiting(bare: Bare) -> None:
    bare.until("FOCUSED")
    bare.xr.request_exit_session(bare.session)
    bare.until("EXITING")
    changes = [state for state, _ in groupby(bare.states)]  # without graphics Monado says one of them twice
    assert changes[:5] == ["IDLE", "READY", "SYNCHRONIZED", "VISIBLE", "FOCUSED"]
    assert changes[5:] == ["VISIBLE", "SYNCHRONIZED", "STOPPING", "IDLE", "EXITING"]


def test_the_head_stands_exactly_where_it_was_sent(bare: Bare, remote) -> None:
    bare.until("FOCUSED")
    for sent in (pose(0.5, 1.25, -2.0), pose(0, 1.6, 0, yaw=0.75), pose(-1, 0.4, 3, yaw=-2.5, pitch=0.5)):
        remote.state.head = sent
        remote.send()
        assert bare.head() == pytest.approx(sent, abs=1e-5)


def test_the_trigger_is_pulled_as_far_as_was_sent(bare: Bare, remote) -> None:
    bare.until("FOCUSED")
    for sent in (0.0, 0.25, 1.0, 0.5):
        remote.state.right.trigger = sent
        remote.state.left.trigger = 1.0 - sent
        remote.send()
        assert bare.pull() == pytest.approx(sent, abs=1e-6)


def test_wrong_use_of_openxr_is_noticed(bare: Bare, validation) -> None:
    with pytest.raises(bare.xr.exception.ReferenceSpaceUnsupportedError):
        bare.space(77)
    noticed = validation.new()  # and so it fails nothing
    assert len(noticed) == 1 and "VUID-XrReferenceSpaceCreateInfo-referenceSpaceType-parameter" in noticed[0]


def test_a_packet_is_as_long_as_the_hub_expects() -> None:
    assert len(RemoteState().pack()) == 376


def test_a_killed_service_comes_back(monado, remote) -> None:
    first = Bare()
    first.until("FOCUSED")
    monado.kill()
    with pytest.raises(first.xr.exception.InstanceLostError):
        first.until("EXITING")
    first.xr.destroy_instance(first.instance)
    monado.start()
    second = Bare()
    second.until("FOCUSED")
    remote.state.head = pose(0.25, 1.5, 0)
    remote.send()
    assert second.head() == pytest.approx(remote.state.head, abs=1e-5)
    second.xr.destroy_instance(second.instance)


def test_the_screen_can_be_read(monado) -> None:
    picture = read_xwd(monado.picture)
    assert picture.shape == (1600, 2560, 3) and picture.dtype == np.uint8


def test_recentring_is_announced(bare: Bare, monado) -> None:
    bare.until("FOCUSED")
    monado.control("-c")
    bare.until("REFERENCE_SPACE_CHANGE_PENDING")
