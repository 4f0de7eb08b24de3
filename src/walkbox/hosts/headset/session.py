"""The life of a session, in the specification's own words.

IDLE (made), READY (begun), SYNCHRONIZED (in step, unseen), VISIBLE (seen), FOCUSED (seen, and its is the input),
STOPPING (ended), then IDLE again, EXITING or LOSS_PENDING ("Session Lifecycle", OpenXR 1.0, chapter 9).
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable
from ctypes import POINTER, byref, c_void_p, cast, pointer
from typing import Any

import numpy as np
import xr

from walkbox.config import Settings
from walkbox.errors import HostError
from walkbox.hosts.headset import visibility
from walkbox.hosts.headset.actions import Actions
from walkbox.hosts.headset.calls import TROUBLE, check, raw
from walkbox.hosts.headset.clock import Clock
from walkbox.hosts.headset.frames import STEREO, Frames
from walkbox.hosts.headset.graphics import Graphics
from walkbox.hosts.headset.instance import Instance
from walkbox.hosts.headset.panel import PanelLayer
from walkbox.hosts.headset.pictures import StereoPictures, fitting_size
from walkbox.hosts.headset.remedies import headset_error
from walkbox.hosts.headset.spaces import play_space, view_space
from walkbox.hosts.headset.waiter import Waiter
from walkbox.view import Fov

__all__ = ["Session"]

REFRESH_RATE = "XR_FB_display_refresh_rate"
LEAVE_S = 1.0
"""How long a session that was asked to exit is waited for."""

REFUSALS = (
    xr.exception.LimitReachedError,
    xr.exception.OutOfMemoryError,
    xr.exception.FeatureUnsupportedError,
    xr.exception.ValidationFailureError,
)
"""Of a swapchain more: the walk goes on without it."""

State = xr.SessionState
KNOWN_STATES = frozenset(int(state) for state in State)
Event = xr.StructureType


class Session:
    """A session with all that belongs to it. Main thread; needs the context current.

    Args:
        instance: with its headset found.
        graphics: the context.
        settings: ``eye_height_m`` matters where the runtime does not know the floor.
        states: gets the name of every state.

    Attributes:
        state: ``xr.SessionState``.
        running: begun and not ended: frames are to be waited for.
        lost: it is over, and another one may be tried (instance_lost: with another instance).
        ended: it is over because the runtime's user wished so.
        frames, pictures, actions: its parts.
        play, floor: ``xr.Space`` of the floor, and the type of reference space it is.
        recentred: how often the runtime moved the play space.

    Raises:
        HostError: the runtime does not take this context.
        xr.exception.ErrorResult: anything else failed.
    """

    def __init__(self, instance: Instance, graphics: Graphics, settings: Settings, states: deque[str]):
        self._instance, self._graphics, self._states = instance, graphics, states
        self.state = State.UNKNOWN
        self.running = self.lost = self.instance_lost = self.ended = False
        self.recentred = 0
        self.handle: Any = None
        self.waiter = Waiter(lambda: self.frames.wait())
        self._freed = contextlib.ExitStack()
        self._panel: PanelLayer | None = None
        self._panel_shown = self._panel_seen = False
        self._refused_px: tuple[int, int] | None = None
        self._event: Any = xr.EventDataBuffer()
        self._masks: list[tuple[np.ndarray, np.ndarray] | None] = [None, None]
        self._hidden: list[tuple[Fov, np.ndarray] | None] = [None, None]
        self._check_requirements()
        structure = graphics.structure()
        try:
            self.handle = xr.create_session(
                instance.handle,
                xr.SessionCreateInfo(system_id=instance.system_id, next=cast(pointer(structure), c_void_p)),
            )
        except TROUBLE as error:
            raise headset_error(error, "starting the session") from error
        try:
            self._equip(settings)
        except BaseException:
            self.close()
            raise
        finally:
            self._graphics.settle()

    def _check_requirements(self) -> None:
        """The specification wants them asked for before a session is made."""
        try:
            needs = xr.get_opengl_graphics_requirements_khr(self._instance.handle, self._instance.system_id)
        except TROUBLE as error:
            raise headset_error(error, "asking for the OpenGL version") from error
        version = int(needs.min_api_version_supported)
        least = version >> 48, version >> 32 & 0xFFFF
        have = self._graphics.ctx.version_code // 100, self._graphics.ctx.version_code % 100 // 10
        if least > have:
            raise HostError(
                f"No headset: {self._instance.runtime} needs OpenGL {least[0]}.{least[1]}, and this context has "
                f"{have[0]}.{have[1]}. Update the graphics driver."
            )

    def _equip(self, settings: Settings) -> None:
        """Make what belongs to the session; freed in the opposite order."""
        instance, system_id, extensions = self._instance.handle, self._instance.system_id, self._instance.extensions
        free = self._freed.callback
        free(_destroy, xr.destroy_session, self.handle)
        self.play, self.floor = play_space(self.handle, extensions, settings.eye_height_m)
        free(_destroy, xr.destroy_space, self.play)
        self.view = view_space(self.handle)
        free(_destroy, xr.destroy_space, self.view)
        self.actions = Actions(instance, system_id, self.handle, extensions)
        free(self.actions.close)
        blends = [int(mode) for mode in xr.enumerate_environment_blend_modes(instance, system_id, STEREO)]
        opaque = int(xr.EnvironmentBlendMode.OPAQUE)
        blend = opaque if opaque in blends else blends[0]  # the first is the one that the runtime likes best
        self.frames = Frames(self.handle, self.play, self.view, blend, Clock(instance, extensions))
        views = xr.enumerate_view_configuration_views(instance, system_id, STEREO)
        recommended = [(v.recommended_image_rect_width, v.recommended_image_rect_height) for v in views]
        size_px = fitting_size(recommended, self._instance.max_size_px)
        self.pictures = StereoPictures(self._graphics, self.handle, size_px, extensions)
        free(self.pictures.release)
        free(self._release_panel)
        self.pictures.attach(self.frames)

    def _release_panel(self) -> None:
        if self._panel is not None:
            self._panel.release()
            self._panel = None

    # -- events -------------------------------------------------------------------------------------------------

    @property
    def visible(self) -> bool:
        """The wearer sees what is handed over."""
        return self.state in (State.VISIBLE, State.FOCUSED)

    @property
    def focused(self) -> bool:
        """The wearer's input is meant for this session."""
        return self.state == State.FOCUSED

    def poll(self) -> None:
        """Take note of all that happened, and answer it as the specification demands."""
        self._panel_shown = False
        event = self._event
        while True:
            event._type, event._next = Event.EVENT_DATA_BUFFER.value, None
            if check(raw.xrPollEvent(self._instance.handle, byref(event))) != xr.Result.SUCCESS:
                return
            self._answer(event)

    def _answer(self, event: Any) -> None:
        kind = event._type
        if kind == Event.EVENT_DATA_SESSION_STATE_CHANGED:
            self._enter(_as(event, xr.EventDataSessionStateChanged)._state)
        elif kind == Event.EVENT_DATA_INSTANCE_LOSS_PENDING:
            self.lost = self.instance_lost = True
        elif kind == Event.EVENT_DATA_INTERACTION_PROFILE_CHANGED:
            self.actions.profile_changed()
        elif kind == Event.EVENT_DATA_REFERENCE_SPACE_CHANGE_PENDING:
            self.recentred += 1
        elif kind == Event.EVENT_DATA_VISIBILITY_MASK_CHANGED_KHR:
            self._read_mask(_as(event, xr.EventDataVisibilityMaskChangedKHR).view_index)
        elif kind == Event.EVENT_DATA_DISPLAY_REFRESH_RATE_CHANGED_FB:
            self.frames.refresh_hz = float(_as(event, xr.EventDataDisplayRefreshRateChangedFB).to_display_refresh_rate)

    def _enter(self, state: int) -> None:
        if state not in KNOWN_STATES:  # of an extension that nobody enabled
            return
        self.state = State(state)
        self._states.append(self.state.name)
        if self.state == State.READY:
            info = xr.SessionBeginInfo(primary_view_configuration_type=STEREO)
            check(raw.xrBeginSession(self.handle, byref(info)))
            self.running = True
            for eye in range(2):
                self._read_mask(eye)
            self._ask_for_refresh_rate()
        elif self.state == State.STOPPING:
            self._finish_frame()
            check(raw.xrEndSession(self.handle))
            self.running = False
        elif self.state == State.LOSS_PENDING:
            self.lost = True
        elif self.state == State.EXITING:
            self.ended = True
        self._graphics.settle()

    def _finish_frame(self) -> None:
        """Leave no frame open, nor one waited for."""
        if not self.waiter.busy or self.waiter.frame(LEAVE_S):
            self.frames.skip()

    def _ask_for_refresh_rate(self) -> None:
        """The highest one the display has."""
        if REFRESH_RATE not in self._instance.extensions:
            return
        with contextlib.suppress(TROUBLE):
            rates = list(xr.enumerate_display_refresh_rates_fb(self.handle))
            if rates:
                xr.request_display_refresh_rate_fb(self.handle, max(rates))
            rate: Any = xr.get_display_refresh_rate_fb(self.handle)  # a c_float
            self.frames.refresh_hz = float(rate.value)

    def _read_mask(self, eye: int) -> None:
        if visibility.EXTENSION in self._instance.extensions:
            with contextlib.suppress(TROUBLE):
                self._masks[eye] = visibility.read_mask(self._instance.handle, self.handle, eye)
            self._hidden[eye] = None

    # -- frames -------------------------------------------------------------------------------------------------

    def hidden(self, eye: int, fov: Fov) -> np.ndarray | None:
        """float32 (3 N, 2) triangles that the lenses cut off; the same array while nothing changes."""
        mask, known = self._masks[eye], self._hidden[eye]
        if mask is None:
            return None
        if known is None or known[0] != fov:
            known = self._hidden[eye] = (fov, visibility.hidden_triangles(*mask, fov))
        return known[1]

    def panel(self, play_from_panel: np.ndarray, size_m: tuple[float, float], size_px: tuple[int, int]) -> Any:
        """The framebuffer of a panel that is shown in this frame, or None where the runtime takes no more layers."""
        if self._panel_shown or self._instance.max_layers < 2 or size_px == self._refused_px:
            return None
        if self._panel is None or self._panel.size_px != size_px:
            self._release_panel()
            try:
                self._panel = PanelLayer(self._graphics, self.handle, self.play, size_px, self.pictures.format)
            except REFUSALS:
                self._refused_px = size_px
                return None
        self._panel.place(play_from_panel, size_m)
        self._panel_shown = True
        return self._panel.framebuffer

    def hand_over(self, rendered: bool, scale: float) -> Any:
        """End the frame that was begun, with the pictures of both eyes if they were drawn. Returns its timing."""
        panel = self._panel if rendered and self._panel_shown else None
        self._panel_shown, self._panel_seen = False, panel is not None
        try:
            if rendered:
                # A panel in front of one hardly needs depth: so a frame stays at twelve calls.
                self.pictures.hand_over(self.frames, scale, depth=panel is None)
                if panel is not None:
                    panel.hand_over(self.pictures.copy)
        except BaseException:
            with contextlib.suppress(TROUBLE):
                self.frames.skip()
            raise
        timing = self.frames.end(rendered=rendered, above=panel and panel.layer)
        self._graphics.settle()
        if panel is not None:
            for target, (pose, fov) in zip(self.pictures.targets, self.frames.eyes, strict=True):
                self.draw_panel(target.resolved, fov, pose)
        return timing

    def draw_panel(self, framebuffer: Any, fov: Fov, play_from_eye: np.ndarray) -> None:
        """Draw the panel of the frame that was handed over, if it had one, over a picture that is not the runtime's."""
        if self._panel_seen and self._panel is not None:
            self._panel.draw_into(framebuffer, fov, play_from_eye)

    # -- the end ------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Ask for the end and see it through: STOPPING, EXITING."""
        if not self.running or self.lost:
            return
        with contextlib.suppress(TROUBLE):
            self._finish_frame()
            check(raw.xrRequestExitSession(self.handle))
            end_s = time.monotonic() + LEAVE_S
            while not (self.ended or self.lost) and time.monotonic() < end_s:
                self.poll()
                if self.running and self.waiter.frame(0.1):
                    self.frames.skip()
                elif not self.ended:
                    time.sleep(0.001)

    def close(self) -> None:
        """Free all of it; a runtime that is gone does no harm. May be called twice."""
        self._graphics.keep_current()
        if self.waiter.busy:
            with contextlib.suppress(TROUBLE):
                self.waiter.frame(LEAVE_S)
        self._freed.close()
        self.running = False
        self._graphics.settle()


def _as(event: Any, kind: Any) -> Any:
    return cast(byref(event), POINTER(kind)).contents


def _destroy(destroy: Callable[[Any], None], handle: Any) -> None:
    with contextlib.suppress(TROUBLE):
        destroy(handle)
