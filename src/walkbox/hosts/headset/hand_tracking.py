"""Bare hands: the joints that ``XR_EXT_hand_tracking`` sees, one tracker a hand. Main thread only."""

from __future__ import annotations

import ctypes

import numpy as np
import xr

from walkbox.hosts.headset.calls import check, raw

__all__ = ["HandTracker", "tracks_hands"]

HAND_TRACKING = "XR_EXT_hand_tracking"
DATA_SOURCE = "XR_EXT_hand_tracking_data_source"

_JOINT_COUNT = 26
# XrHandJointLocationEXT as numpy sees it.
_JOINT = np.dtype([("flags", "<u8"), ("orientation", "<f4", 4), ("position", "<f4", 3), ("radius", "<f4")])


def tracks_hands(instance: xr.Instance, system_id: int) -> bool:
    """The system itself can track hands (the runtime offering the extension does not mean that it can)."""
    answer = xr.SystemHandTrackingPropertiesEXT()
    properties = xr.SystemProperties(next=ctypes.cast(ctypes.pointer(answer), ctypes.c_void_p))
    check(raw.xrGetSystemProperties(instance, system_id, properties))
    return bool(answer.supports_hand_tracking)


class HandTracker:
    """One hand.

    Attributes:
        says_source: the runtime says whether it sees a hand or makes the joints up
            (``XR_EXT_hand_tracking_data_source``).
        bare: of what :meth:`locate` last returned: True for a hand that was seen, False where the joints are made up
            from a controller that it holds, None where the runtime does not say.
    """

    def __init__(self, instance: xr.Instance, session: xr.Session, hand: str, says_source: bool) -> None:
        self.says_source = says_source
        self.bare: bool | None = None
        info = xr.HandTrackerCreateInfoEXT(hand=xr.HandEXT.LEFT if hand == "left" else xr.HandEXT.RIGHT)
        if says_source:
            wanted = [xr.HandTrackingDataSourceEXT.UNOBSTRUCTED, xr.HandTrackingDataSourceEXT.CONTROLLER]
            sources = xr.HandTrackingDataSourceInfoEXT(requested_data_sources=[s.value for s in wanted])
            info.next = ctypes.cast(ctypes.pointer(sources), ctypes.c_void_p)
        self._tracker: xr.HandTrackerEXT | None = xr.create_hand_tracker_ext(session, info)
        self._locate = ctypes.cast(
            xr.get_instance_proc_addr(instance, "xrLocateHandJointsEXT"), xr.PFN_xrLocateHandJointsEXT
        )
        self._where = xr.HandJointsLocateInfoEXT()
        # The structure that is filled each frame points to these.
        memory = (xr.HandJointLocationEXT * _JOINT_COUNT)()
        self._joints = np.frombuffer(memoryview(memory), _JOINT)
        self._answer = xr.HandJointLocationsEXT(joint_count=_JOINT_COUNT, joint_locations=memory)
        self._source = xr.HandTrackingDataSourceStateEXT() if says_source else None
        if self._source is not None:
            self._answer.next = ctypes.cast(ctypes.pointer(self._source), ctypes.c_void_p)

    def locate(self, space: xr.Space, time_ns: int) -> np.ndarray | None:
        """(26, 4) float32 positions and radii in *space* at *time_ns*, XrHandJointEXT order; None while unseen."""
        self._where.base_space, self._where.time = space, time_ns
        check(self._locate(self._tracker, self._where, self._answer))
        if not self._answer.is_active:
            self.bare = None
            return None
        if self._source is not None:
            unobstructed = xr.HandTrackingDataSourceEXT.UNOBSTRUCTED.value
            self.bare = bool(self._source.is_active) and self._source._data_source == unobstructed
        joints = np.empty((_JOINT_COUNT, 4), np.float32)
        joints[:, :3], joints[:, 3] = self._joints["position"], self._joints["radius"]
        return joints

    def close(self) -> None:
        """Before the session is destroyed. May be called twice."""
        if self._tracker is not None:
            tracker, self._tracker = self._tracker, None
            xr.destroy_hand_tracker_ext(tracker)
