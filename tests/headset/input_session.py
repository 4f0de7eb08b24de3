"""A session without graphics that has the input focus, and the actions of it. Import xr and walkbox's hosts late."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from ctypes import POINTER, byref, cast
from typing import Any

SIMPLE, TOUCH, INDEX = (
    "/interaction_profiles/" + name
    for name in ("khr/simple_controller", "oculus/touch_controller", "valve/index_controller")
)


class InputSession:
    """Attributes: *actions*; *events*: kinds of events so far; *states* of the session so far."""

    def __init__(self, profiles: Sequence[str] | None = None, without: Iterable[str] = (), focused: bool = True):
        import xr

        from walkbox.hosts.headset.actions import Actions

        self.xr, self.events, self.states = xr, [], []
        offered = {e.extension_name.decode() for e in xr.enumerate_instance_extension_properties()}
        self.extensions = frozenset((offered & set(Actions.EXTENSIONS)) - set(without))
        self.instance: Any = xr.create_instance(
            xr.InstanceCreateInfo(
                enabled_extension_names=sorted({"XR_MND_headless", *self.extensions}),
                application_info=xr.ApplicationInfo("input", 1, "", 0, xr.Version(1, 0, 34)),
            )
        )
        try:
            self.system = xr.get_system(self.instance, xr.SystemGetInfo(form_factor=xr.FormFactor.HEAD_MOUNTED_DISPLAY))
            self.begin(profiles)
            if focused:
                self.until_focused()
        except BaseException:
            self.close()
            raise

    def begin(self, profiles: Sequence[str] | None = None) -> None:
        """A session and its actions, on the instance."""
        from walkbox.hosts.headset.actions import Actions

        xr = self.xr
        self.session = xr.create_session(self.instance, xr.SessionCreateInfo(system_id=self.system))
        self.actions = Actions(self.instance, self.system, self.session, self.extensions, profiles)
        self.floor = xr.create_reference_space(
            self.session,
            xr.ReferenceSpaceCreateInfo(
                reference_space_type=xr.ReferenceSpaceType.STAGE, pose_in_reference_space=xr.Posef()
            ),
        )

    def end(self) -> None:
        """Let go of the session, not of the instance."""
        self.actions.close()
        self.xr.destroy_space(self.floor)  # the validation layer forgets no child with its parent
        self.xr.destroy_session(self.session)

    def close(self) -> None:
        if self.instance is not None:
            instance, self.instance = self.instance, None
            self.xr.destroy_instance(instance)

    def poll(self) -> None:
        """Take what events there are, as a host does."""
        xr = self.xr
        while True:
            try:
                event = xr.poll_event(self.instance)
            except xr.EventUnavailable:
                return
            kind = xr.StructureType(event.type)
            self.events.append(kind.name)
            if kind == xr.StructureType.EVENT_DATA_INTERACTION_PROFILE_CHANGED:
                self.actions.profile_changed()
            elif kind == xr.StructureType.EVENT_DATA_SESSION_STATE_CHANGED:
                changed = cast(byref(event), POINTER(xr.EventDataSessionStateChanged)).contents
                self.states.append(xr.SessionState(changed.state).name)
                if self.states[-1] == "READY":
                    xr.begin_session(self.session, xr.SessionBeginInfo(xr.ViewConfigurationType.PRIMARY_STEREO))

    def until_focused(self, focused: bool = True, timeout_s: float = 10.0) -> None:
        deadline = time.monotonic() + timeout_s
        while self.actions.sync() != focused:
            assert time.monotonic() < deadline, f"still {self.states}"
            time.sleep(0.005)
            self.poll()
        self.poll()

    def frame(self):
        """One frame of input: (left hand, right hand)."""
        self.poll()
        assert self.actions.sync()
        left, right = self.actions.hands(self.floor, time.clock_gettime_ns(time.CLOCK_MONOTONIC))
        assert (left.name, right.name) == ("left", "right")
        return left, right
