"""The headset host: a desk (a window, or a context in memory) that turns into a headset while one is worn.

Both share one OpenGL context, so nothing is uploaded again when the headset comes or goes. Without a running session
every call goes to the desk.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import moderngl
import numpy as np

from walkbox.config import Settings
from walkbox.errors import HostError
from walkbox.hosts.base import Host, Target
from walkbox.hosts.headset.graphics import Graphics, current_graphics
from walkbox.hosts.headset.mirror import Mirror
from walkbox.hosts.headset.poses import play_under, scale_of, stand
from walkbox.hosts.headset.seeker import Seeker
from walkbox.hosts.platform import choose_samples
from walkbox.inputs import Input
from walkbox.view import View

if TYPE_CHECKING:
    from walkbox.hosts.headset.frames import Timing
    from walkbox.hosts.headset.instance import Instance
    from walkbox.hosts.headset.session import Session

__all__ = ["HeadsetHost"]

UNSEEN_FRAMES = 30
"""So many frames that the runtime does not want drawn, one after the other, and the walk is at the desk."""

PATIENCE_S = 0.1
"""So long the eyes of a wearer whose attention is elsewhere wait for their next frame, then the walk is at the desk."""

KEPT_TIMINGS = 4096
KEPT_STATES = 256
LONGEST_STEP_S = 0.25
"""A longer time between two frames is no movement but a break."""


class _Guard:
    """``with guard``: what the runtime does wrong in here ends the session and nothing else."""

    def __init__(self, failed: Callable[[BaseException], bool]):
        self._failed = failed

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> bool:
        return error is not None and self._failed(error)


class HeadsetHost:
    """See the module, and :class:`walkbox.hosts.base.Host`.

    ``Input.head`` is not None while the headset is worn and shows the walk. Then :meth:`begin` gives two targets (none
    in a frame that the runtime does not want drawn), otherwise what the desk gives.

    Args:
        desk: owns the context, which must be current.
        settings: read at each frame; assign :attr:`settings` to change them.
        mirror: what the desk's window shows while the headset is worn: ``eye``, ``spectator`` or ``off``.
        required: without a headset there is no host.

    Attributes:
        desk: as given.
        mirror: what the desk shows while the headset is worn; its ``mode`` may be assigned.
        states: names of the newest session states, of all sessions.
        timings: of the newest frames of the headset.
        rendered: frames that were handed over with pictures.
        late_frames: display periods that passed without a frame of ours while the walk was seen.
        why: what keeps the headset away, one sentence; empty while there is one.

    Raises:
        HostError: *required*, and no headset answers or takes the context; one line with what to do.
    """

    def __init__(self, desk: Host, settings: Settings | None = None, *, mirror: str = "eye", required: bool = False):
        self.desk, self.ctx = desk, desk.ctx
        if settings is not None:
            desk.settings = settings
        self.states: deque[str] = deque(maxlen=KEPT_STATES)
        self.timings: deque[Timing] = deque(maxlen=KEPT_TIMINGS)
        self.rendered = self.late_frames = 0
        self.why = ""
        self._instance: Instance | None = None
        self._session: Session | None = None
        self._graphics: Graphics | None = None
        self._seeker: Seeker | None = None
        self.mirror = Mirror(desk, mirror)
        self._worn = self._drawing = self._closed = False
        self._unseen = 0
        self._scale = 1.0
        self._runtime = _Guard(self._failed)
        self._views: list[View] = []
        self._samples: tuple[int, int] = (-1, 1)
        self._rendered_before = 0
        self._polled_s = time.perf_counter()
        self._seen_ns = 0
        try:
            self._graphics = current_graphics(self.ctx)
            self._seeker = Seeker((self._graphics.extension,) if self._graphics.extension else ())
            if required:
                self._start(self._seeker.find())
        except HostError as error:
            self.why = str(error)
            if required:
                self.close()
                raise

    # -- coming and going ---------------------------------------------------------------------------------------

    def _seek(self) -> None:
        """Start a session when a headset was found meanwhile."""
        if self._seeker is None:
            return
        instance = self._seeker.poll()
        self.why = self._seeker.why or self.why
        if instance is not None:
            try:
                self._start(instance)
            except HostError as error:
                self.why = str(error)
                self._seeker.useless(self.why)

    def _start(self, instance: Instance) -> None:
        from walkbox.hosts.headset.calls import TROUBLE
        from walkbox.hosts.headset.remedies import headset_error
        from walkbox.hosts.headset.session import Session

        assert self._graphics is not None
        try:
            self._session = Session(instance, self._graphics, self.settings, self.states)
        except (HostError, TROUBLE) as error:
            instance.close()
            if isinstance(error, HostError):
                raise
            raise headset_error(error, "starting the session") from error
        self._instance, self.why = instance, ""
        self._rendered_before, self._views = self.rendered, []

    def _failed(self, error: BaseException) -> bool:
        """Go back to the desk if that is an error of the runtime's."""
        import xr

        from walkbox.hosts.headset.calls import TROUBLE
        from walkbox.hosts.headset.remedies import headset_error

        if not isinstance(error, TROUBLE):
            return False
        kept = isinstance(error, xr.exception.SessionLostError)
        self._fall_back(str(headset_error(error, "walking in the headset")), kept=kept)
        return True

    def _fall_back(self, why: str, *, again: bool = True, kept: bool = False) -> None:
        """The session is over: the walk goes on at the desk.

        Args:
            why: for people.
            again: try another session later.
            kept: the connection to the runtime is still good.
        """
        session, self._session = self._session, None
        instance, self._instance = self._instance, None
        self._set_worn(False)
        self._drawing = False
        if session is not None:
            session.close()
        if instance is not None and kept and self._seeker is not None:
            self._seeker.give_back(instance)
        elif instance is not None:
            instance.close()
        self.why = why
        if self._seeker is not None and again:
            # What never showed a frame will hardly do so the next time.
            (self._seeker.lost if self.rendered > self._rendered_before else self._seeker.useless)(why)
        elif self._seeker is not None:
            self._seeker.close()
            self._seeker = None

    def close(self) -> None:
        """End the session as the specification wants it ended, free all of it, then the desk. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._session is not None:
            self._session.leave()
        self._fall_back("", again=False)
        self.desk.close()

    # -- the frame ----------------------------------------------------------------------------------------------

    def poll(self) -> Input:
        """The desk's input; with a session, what the runtime says too. Waits for the next frame of the headset."""
        input = self.desk.poll()
        self._drawing = False
        if self._session is None:
            self._seek()
        if self._session is not None:
            with self._runtime:
                self._poll_session(self._session, input)
        if not self._worn:  # it may have been lost on the way
            input.head, input.hands = None, ()
        now_s = time.perf_counter()
        if self._session is not None and not self._worn:
            input.dt_s = now_s - self._polled_s
        self._polled_s = now_s
        return input

    def _poll_session(self, session: Session, input: Input) -> None:
        frames = session.frames
        if not session.waiter.busy:
            frames.skip()  # one that was left open, by an exception or because there was nothing to draw
        session.poll()
        if session.ended or session.lost:
            self._end(session, input)
        elif not session.running or not self._frame_has_come(session):
            self._set_worn(False)
        else:
            self._begin_input(session, input)

    def _frame_has_come(self, session: Session) -> bool:
        """Waits for it while the walk has the wearer's attention; otherwise not long, for it may never come."""
        if session.focused and not session.waiter.busy:
            session.frames.wait()
            return True
        return session.waiter.frame(PATIENCE_S if self._worn else 0.0)

    def _begin_input(self, session: Session, input: Input) -> None:
        frames = session.frames
        self._unseen = 0 if frames.state.should_render else self._unseen + 1
        seen = session.visible and (self._unseen == 0 or (self._worn and self._unseen < UNSEEN_FRAMES))
        head = frames.locate_head() if seen else None
        self._set_worn(head is not None)  # before it was tracked once nobody knows where it is
        focused = session.actions.sync() and session.focused  # asked without the focus too: it notices the return
        if head is None:
            frames.skip()
            return
        input.head = head
        if focused:
            input.hands = session.actions.hands(session.play, frames.state.predicted_display_time)
            input.actions += session.actions.pressed()
        seen_ns = frames.state.predicted_display_time
        step_ns = seen_ns - self._seen_ns if self._seen_ns else frames.state.predicted_display_period
        input.dt_s = min(max(step_ns, 0) / 1e9, LONGEST_STEP_S)
        self._seen_ns = seen_ns

    def _end(self, session: Session, input: Input) -> None:
        if session.lost:
            why = "No headset: it, or its runtime, is about to go. walkbox comes back to it by itself."
            self._fall_back(why, kept=not session.instance_lost)
        else:
            # The specification: an application that was told to exit does not start a session again by itself.
            self._fall_back("No headset: its runtime ended the session. Start walkbox again to return.", again=False)
            input.quit = input.quit or self.desk.name == "offscreen"

    def _set_worn(self, worn: bool) -> None:
        if worn != self._worn:
            self._worn = worn
            if worn and self._session is not None:
                self._session.frames.forget_pace()
                self._seen_ns = 0
            else:
                self.mirror.stop()

    def time_left_s(self) -> float | None:
        """Seconds until the compositor should have the frame that was polled; None at the desk."""
        if self._session is None or not self._worn:
            return self.desk.time_left_s()
        return self._session.frames.time_left_s()

    def begin(self, world_from_view: np.ndarray, world_from_play: np.ndarray | None = None) -> list[Target]:
        """Both eyes while the headset is worn, no view in a frame that is not to be drawn; else the desk's.

        Without *world_from_play* the wearer is put under the camera.
        """
        if self._session is None or not self._worn:
            return self.desk.begin(world_from_view, world_from_play)
        if world_from_play is None:
            world_from_play = play_under(world_from_view, self.settings.eye_height_m)
        with self._runtime:
            return self._begin_session(self._session, np.asarray(world_from_play))
        return []  # the session is over; the desk draws the next frame

    def _begin_session(self, session: Session, world_from_play: np.ndarray) -> list[Target]:
        frames, pictures = session.frames, session.pictures
        frames.begin()
        self._drawing = bool(frames.state.should_render) and frames.locate_eyes()
        if not self._drawing:
            return []
        pictures.draw_with(self.samples)
        self._scale = scale_of(world_from_play)
        self._views = [
            View(stand(world_from_play, pose, self._scale), fov, pictures.size_px, self._scale)
            for pose, fov in frames.eyes
        ]
        targets = [
            Target(view, target.drawn, session.hidden(eye, view.fov))
            for eye, (view, target) in enumerate(zip(self._views, pictures.targets, strict=True))
        ]
        assert frames.head is not None
        return targets + self.mirror.begin(frames.head, world_from_play)

    def panel_layer(
        self, play_from_panel: np.ndarray, size_m: tuple[float, float], size_px: tuple[int, int]
    ) -> moderngl.Framebuffer | None:
        """A picture that the compositor shows above the eyes' ones; one panel a frame."""
        if self._session is not None and self._drawing:
            with self._runtime:
                return self._session.panel(play_from_panel, size_m, size_px)
        return None

    def end(self) -> None:
        """Hand the frame over and show the left eye in the window, or finish the desk's frame."""
        session = self._session
        if session is None or not self._worn:
            self.desk.end()
            return
        drawn, self._drawing = self._drawing, False
        with self._runtime:
            timing = session.hand_over(drawn, self._scale)
            self.timings.append(timing)
            self.late_frames += timing.late
            self.rendered += timing.rendered
            if drawn:
                self.mirror.show(session.pictures.targets[0].resolved, self._views[0], session.draw_panel)

    # -- the rest -----------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """``headset`` while it is worn, else the desk's."""
        return "headset" if self._worn else self.desk.name

    @property
    def headset(self) -> str:
        """One line for people: runtime, size of the pictures, refresh rate; empty without a session."""
        if self._session is None or self._instance is None:
            return ""
        width, height = self._session.pictures.size_px
        rate = f", {self._session.frames.refresh_hz:.0f} Hz" if self._session.frames.refresh_hz else ""
        return f"{self._instance.headset} ({self._instance.runtime}), 2 x {width} x {height} px{rate}"

    @property
    def recentred(self) -> int:
        """How often the runtime moved the play space during this session (the wearer asked for it in its menu)."""
        return self._session.recentred if self._session is not None else 0

    @property
    def samples(self) -> int:
        """Multisampling in use, 1 for none."""
        if self._session is None or not self._worn:
            return self.desk.samples
        if self._samples[0] != self.settings.msaa:
            width, height = self._session.pictures.size_px
            self._samples = (self.settings.msaa, choose_samples(self.ctx, (2 * width, height), self.settings.msaa))
        return self._samples[1]

    @property
    def settings(self) -> Settings:
        """Read at each frame; the desk has the same."""
        return self.desk.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        if settings.mirror != self.desk.settings.mirror:
            self.mirror.mode = settings.mirror
        self.desk.settings = settings

    @property
    def panels_have_mouse(self) -> bool:
        """Set by the application after each frame's panels."""
        return self.desk.panels_have_mouse

    @panels_have_mouse.setter
    def panels_have_mouse(self, have: bool) -> None:
        # On the wearer's board it is the ray, not the mouse at the desk, that is over a panel.
        self.desk.panels_have_mouse = have and not self._worn

    @property
    def panels_have_keyboard(self) -> bool:
        """Set by the application after each frame's panels."""
        return self.desk.panels_have_keyboard

    @panels_have_keyboard.setter
    def panels_have_keyboard(self, have: bool) -> None:
        self.desk.panels_have_keyboard = have

    def pulse(self, hand: str, strength: float, duration_s: float) -> None:
        """Let a hand's controller tick (strength 0..1); nothing where there is none."""
        if self._session is not None and self._worn:
            with self._runtime:
                self._session.actions.pulse(hand, strength, duration_s)

    def toggle_fullscreen(self) -> None:
        """Of the desk's window."""
        self.desk.toggle_fullscreen()

    def read_pixels(self) -> np.ndarray:
        """uint8 (H, W, 3) of the frame last ended, row 0 on top: the left eye's while the headset is worn."""
        if self._worn and self._views:
            return self.read_views()[0][1]
        return self.desk.read_pixels()

    def read_views(self) -> list[tuple[View, np.ndarray]]:
        """The views of the frame last ended in the headset, each with its picture: uint8 (H, W, 3), row 0 on top.

        Raises:
            HostError: the headset has shown no frame yet.
        """
        if self._session is None or not self._views:
            raise HostError("The headset has shown no frame yet, so there are no views. End a frame in it first.")
        return list(zip(self._views, self._session.pictures.read(), strict=True))
