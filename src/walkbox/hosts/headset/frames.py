"""The frames of a running session: when they are seen, from where, and what is shown in them.

One frame is :meth:`Frames.wait`, :meth:`Frames.begin`, :meth:`Frames.end`, in this order and no other; every structure
is made once.
"""

from __future__ import annotations

import time
from ctypes import POINTER, addressof, byref, c_uint32, cast, memmove, pointer, sizeof
from dataclasses import dataclass
from typing import Any

import numpy as np
import xr

from walkbox.hosts.headset.calls import check, raw
from walkbox.hosts.headset.clock import Clock
from walkbox.hosts.headset.poses import LOCATION, VIEW, matrix_of
from walkbox.view import Fov

__all__ = ["Frames", "Timing"]

STEREO = xr.ViewConfigurationType.PRIMARY_STEREO
ORIENTED = xr.SpaceLocationFlags.ORIENTATION_VALID_BIT.value
PLACED = xr.SpaceLocationFlags.POSITION_VALID_BIT.value
# The bits of XrViewStateFlags have the same values.
COMPOSITING = 0.25
"""Part of a display period that is left to the compositor."""

_EYES = tuple(eye * sizeof(xr.View) + xr.View.pose.offset for eye in range(2))


@dataclass(frozen=True, slots=True)
class Timing:
    """One frame of the headset, in nanoseconds.

    Attributes:
        predicted_ns: XrTime at which it is seen; period_ns: time until the next one that the runtime wants.
        wait_ns: spent in xrWaitFrame; frame_ns: from its return until the frame was handed over.
        late: display periods that passed without a frame of ours before this one.
        rendered: it had pictures.
    """

    predicted_ns: int
    period_ns: int
    wait_ns: int
    frame_ns: int
    late: int
    rendered: bool


class Frames:
    """See the module. Calls raise pyopenxr's exceptions.

    Args:
        session, play, view: ``xr.Session``, and the ``xr.Space`` of the floor and of the head.
        blend_mode: a value of ``xr.EnvironmentBlendMode``.
        clock: of the runtime.

    Attributes:
        projection: the two ``xr.CompositionLayerProjectionView``; their sub-images are set by who owns the swapchains.
        open: a frame was waited for and not yet ended.
        state: ``xr.FrameState`` of the newest frame.
        refresh_hz: of the display, 0 where the runtime does not tell it.
        eyes: (4x4 float32 play_from_eye, field of view) of the left and the right one, from :meth:`locate_eyes`.
    """

    def __init__(self, session: Any, play: Any, view: Any, blend_mode: int, clock: Clock):
        self._session, self._play, self._head, self._clock = session, play, view, clock
        self.open = self._begun = False
        self.state = xr.FrameState()
        self.eyes: list[tuple[np.ndarray, Fov]] = []
        self.head: np.ndarray | None = None
        self._location = xr.SpaceLocation()
        self._locate = xr.ViewLocateInfo(view_configuration_type=STEREO, space=play)
        self._view_state, self._count = xr.ViewState(), c_uint32()
        self._views = (xr.View * 2)(xr.View(), xr.View())
        self.projection = (xr.CompositionLayerProjectionView * 2)(*(xr.CompositionLayerProjectionView() for _ in "lr"))
        # Pose and field of view lie in both one after the other.
        self._copied = [
            (addressof(view) + xr.View.pose.offset, addressof(shown) + xr.CompositionLayerProjectionView.pose.offset)
            for view, shown in zip(self._views, self.projection, strict=True)
        ]
        self._layer = xr.CompositionLayerProjection(space=play, views=self.projection)
        self._header = POINTER(xr.CompositionLayerBaseHeader)
        self._layers = (self._header * 2)(cast(pointer(self._layer), self._header))
        self._end_info = xr.FrameEndInfo()
        self._end_info._environment_blend_mode = blend_mode
        self._end_info._layers = cast(self._layers, POINTER(self._header))
        self.refresh_hz = 0.0
        self._last_predicted_ns = self._shortest_ns = 0
        self._waited_ns = self._wait_ns = self._late = 0

    def wait(self) -> None:
        """Sleep until the runtime wants the next frame; the interpreter is free meanwhile."""
        started_ns = time.perf_counter_ns()
        check(raw.xrWaitFrame(self._session, None, byref(self.state)))
        self.open = True
        self._waited_ns = time.perf_counter_ns()
        self._wait_ns = self._waited_ns - started_ns
        period_ns, predicted_ns = self.state.predicted_display_period, self.state.predicted_display_time
        passed_ns = predicted_ns - self._last_predicted_ns
        # A runtime may give a slow application several periods a frame: the display's own rate counts where it is told.
        self._shortest_ns = min(self._shortest_ns or period_ns, period_ns)
        display_ns = 1e9 / self.refresh_hz if self.refresh_hz > 0 else self._shortest_ns
        self._late = 0
        if self._last_predicted_ns and display_ns > 0:
            self._late = max(0, round(passed_ns / display_ns) - 1)
        self._last_predicted_ns = predicted_ns

    def forget_pace(self) -> None:
        """Count no late frames since the last one, however long ago that was."""
        self._last_predicted_ns = self._late = 0

    def begin(self) -> None:
        """Drawing begins."""
        check(raw.xrBeginFrame(self._session, None))
        self._begun = True

    def time_left_s(self) -> float:
        """Until the compositor should have the frame that was waited for."""
        period_ns = self.state.predicted_display_period
        now_ns = self._clock.now_ns()
        if now_ns is None:  # the runtime does not tell its time: one period is what it gives at least
            left_ns = self._waited_ns + period_ns - time.perf_counter_ns()
        else:
            left_ns = self.state.predicted_display_time - now_ns
        return (left_ns - COMPOSITING * period_ns) / 1e9

    def locate_head(self) -> np.ndarray | None:
        """4x4 float32 play_from_head when the frame is seen; the last known one while it is not tracked."""
        check(raw.xrLocateSpace(self._head, self._play, self.state.predicted_display_time, byref(self._location)))
        flags, *numbers = LOCATION.unpack_from(self._location, xr.SpaceLocation._location_flags.offset)
        if flags & ORIENTED:
            pose = matrix_of(*numbers)
            if not flags & PLACED and self.head is not None:
                pose[:3, 3] = self.head[:3, 3]
            self.head = pose
        return self.head

    def locate_eyes(self) -> bool:
        """Fill :attr:`eyes` and the poses that will be handed over; False while nobody knows where the eyes are."""
        self._locate.display_time = self.state.predicted_display_time
        check(
            raw.xrLocateViews(
                self._session, byref(self._locate), byref(self._view_state), 2, byref(self._count), self._views
            )
        )
        if not self._view_state._view_state_flags & ORIENTED or self._count.value != 2:
            return False
        self.eyes.clear()
        for seen, shown in self._copied:
            memmove(shown, seen, VIEW.size)
        for place in _EYES:
            x, y, z, w, px, py, pz, *angles = VIEW.unpack_from(self._views, place)
            self.eyes.append((matrix_of(x, y, z, w, px, py, pz), Fov(*angles)))
        return True

    def end(self, *, rendered: bool, above: Any = None) -> Timing:
        """Hand the frame over.

        Args:
            rendered: the eyes' pictures belong to it; otherwise nothing is shown.
            above: a composition layer to show on top of them, or None.
        """
        info = self._end_info
        info.display_time = self.state.predicted_display_time
        info.layer_count = 0 if not rendered else 1 if above is None else 2
        if above is not None:
            self._layers[1] = cast(pointer(above), self._header)
        self.open = self._begun = False
        check(raw.xrEndFrame(self._session, byref(info)))
        frame_ns = time.perf_counter_ns() - self._waited_ns
        state = self.state
        return Timing(
            state.predicted_display_time, state.predicted_display_period, self._wait_ns, frame_ns, self._late, rendered
        )

    def skip(self) -> None:
        """End a frame that is open with nothing in it."""
        if self.open:
            if not self._begun:
                self.begin()
            self.end(rendered=False)

    def show_depth(self, infos: Any) -> None:
        """Hand the two ``xr.CompositionLayerDepthInfoKHR`` over with the pictures from now on; None: no depth."""
        for i, shown in enumerate(self.projection):
            shown._next = addressof(infos[i]) if infos is not None else None
