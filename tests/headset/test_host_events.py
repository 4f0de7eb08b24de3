"""What the headset host makes of events (told to exit, lost, moved), and what the runtime knows of room and lenses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from runtime.remote import pose

from walkbox.config import Settings

IDENTITY = np.eye(4, dtype=np.float32)
START = ["IDLE", "READY", "SYNCHRONIZED", "VISIBLE", "FOCUSED"]


@contextmanager
def headset(desk=None, **options) -> Iterator:
    from walkbox.hosts.headset.host import HeadsetHost
    from walkbox.hosts.offscreen import OffscreenHost

    host = HeadsetHost(desk or OffscreenHost((64, 48), samples=1), Settings(msaa=1, eye_height_m=1.7), **options)
    try:
        yield host
    finally:
        host.close()


def frame(host):
    input = host.poll()
    for target in host.begin(IDENTITY, IDENTITY):
        target.framebuffer.clear(0.5, 0.5, 0.5, 1.0)
    host.end()
    return input


def until(host, reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline, what
        frame(host)


def wear(host) -> None:
    goal = host.rendered + 3
    until(host, lambda: host.rendered >= goal, "the headset never showed the walk")


def enter(host, state: str) -> None:
    """As if the runtime had said so: Monado never does by itself."""
    import xr

    host._session._enter(xr.SessionState[state].value)


def test_a_session_that_is_told_to_exit_ends_and_none_is_begun_by_itself(remote, monkeypatch) -> None:
    import xr

    monkeypatch.setattr("walkbox.hosts.headset.seeker.EVERY_S", 0.05)
    with headset(required=True) as host:
        wear(host)
        xr.request_exit_session(host._session.handle)
        inputs = []
        deadline = time.monotonic() + 20
        while not host.why:
            assert time.monotonic() < deadline
            inputs.append(frame(host))
        assert list(host.states)[-4:] == ["SYNCHRONIZED", "STOPPING", "IDLE", "EXITING"]
        assert inputs[-1].quit  # without a window there is nobody left
        for _ in range(10):
            time.sleep(0.02)
            assert frame(host).head is None
        assert host.states.count("READY") == 1 and "ended the session" in host.why


def test_a_session_that_will_be_lost_is_left_for_another_one(remote, monkeypatch) -> None:
    monkeypatch.setattr("walkbox.hosts.headset.seeker.EVERY_S", 0.05)
    with headset(required=True) as host:
        wear(host)
        instance = host._instance
        enter(host, "LOSS_PENDING")
        until(host, lambda: bool(host.why), "nobody said so")
        assert host.name == "offscreen" and not frame(host).quit
        wear(host)
        assert host._instance is instance  # a session was lost, the runtime was not
        assert list(host.states) == [*START, "LOSS_PENDING", *START]


def test_a_runtime_that_dies_in_the_middle_of_a_frame_takes_only_the_session(monado, remote) -> None:
    with headset(required=True) as host:
        wear(host)
        assert host.poll().head is not None
        monado.kill()
        host.begin(IDENTITY, IDENTITY)
        assert host.panel_layer(IDENTITY, (1, 1), (8, 8)) is None or not host.why
        host.pulse("left", 1.0, 0.1)
        host.end()
        deadline = time.monotonic() + 20
        while not host.why:
            assert time.monotonic() < deadline
            frame(host)
        assert frame(host).head is None and host.ctx.error == "GL_NO_ERROR"


def test_a_window_outlives_the_runtime_and_shows_the_walk_again(monado, remote, monkeypatch) -> None:
    from walkbox.hosts.desktop import DesktopHost

    monkeypatch.setattr("walkbox.hosts.headset.seeker.EVERY_S", 0.1)
    with headset(DesktopHost(Settings(), size=(160, 120), swap_interval=0), required=True) as host:
        wear(host)
        assert host._graphics.name == "glx" and not host.desk.waits
        monado.kill()
        until(host, lambda: bool(host.why), "nobody said so")
        frame(host)
        assert host.name == "desktop" and host.desk.waits and host.read_pixels()[60, 80].tolist() == [128] * 3
        monado.start()
        wear(host)
        assert host.name == "headset" and host.ctx.error == "GL_NO_ERROR"


def test_a_play_space_that_the_runtime_moves_is_counted(monado, remote) -> None:
    with headset(required=True) as host:
        wear(host)
        assert host.recentred == 0
        monado.control("-c")
        until(host, lambda: host.recentred > 0, "the play space never moved")


@pytest.mark.parametrize(("kind", "height"), [("STAGE", 1.5), ("LOCAL_FLOOR", 1.5), ("LOCAL", 1.7)])
def test_the_floor_is_where_the_runtime_knows_it_else_below_the_eyes(remote, monkeypatch, kind: str, height) -> None:
    """Monado's LOCAL starts 1.6 m above the floor of the stage; LOCAL_FLOOR lies on it."""
    import xr

    from walkbox.hosts.headset import spaces

    monkeypatch.setattr(spaces, "PLAY_SPACES", (xr.ReferenceSpaceType[kind],))
    at = 1.5 if kind != "LOCAL" else 1.6
    remote.state.head = pose(0.3, at, -0.2, yaw=0.3)
    remote.send()
    with headset(required=True) as host:
        wear(host)
        head = frame(host).head
        assert host._session.floor == xr.ReferenceSpaceType[kind]
        assert head[1, 3] == pytest.approx(height, abs=0.02)
        middle = sum(view.world_from_view[:3, 3] for view, _ in host.read_views()) / 2
        assert middle == pytest.approx(head[:3, 3], abs=0.01)


def test_what_the_lenses_hide_is_told_with_each_eye(remote) -> None:
    with headset(required=True) as host:
        wear(host)
        assert host.poll().head is not None
        targets = host.begin(IDENTITY, IDENTITY)
        host.end()
        hidden = [target.hidden for target in targets]
        assert all(h.dtype == np.float32 and h.shape[1] == 2 and len(h) % 3 == 0 and len(h) > 0 for h in hidden)
        assert all(np.abs(h).max() <= 1.5 and not (np.abs(h) < 0.3).all(1).any() for h in hidden)  # the rim only
        host.poll()
        again = host.begin(IDENTITY, IDENTITY)
        host.end()
        assert all(a.hidden is b for a, b in zip(again, hidden, strict=True))  # nothing is made anew


def test_the_headset_is_named_in_one_line(remote) -> None:
    with headset(required=True) as host:
        wear(host)
        assert host.headset.startswith("Monado: Remote HMD (Monado") and "2 x 240 x 270 px, 60 Hz" in host.headset


def test_a_panel_that_the_runtime_refuses_is_left_to_the_scene(remote, monkeypatch) -> None:
    import xr

    from walkbox.hosts.headset import session

    tried = []

    def refuse(*args) -> None:
        tried.append(1)
        raise xr.exception.LimitReachedError

    monkeypatch.setattr(session, "PanelLayer", refuse)
    with headset(required=True) as host:
        wear(host)
        for _ in range(2):
            assert host.poll().head is not None
            assert host.begin(IDENTITY, IDENTITY)
            assert host.panel_layer(IDENTITY, (1, 1), (8, 8)) is None
            host.end()
        wear(host)
        assert tried == [1] and host.name == "headset"


def test_a_runtime_that_refuses_every_frame_is_tried_less_and_less(remote, monkeypatch) -> None:
    import xr

    from walkbox.hosts.headset.frames import Frames

    def refuse(self, **options) -> None:
        self.open = self._begun = False
        raise xr.exception.LayerInvalidError

    monkeypatch.setattr("walkbox.hosts.headset.seeker.EVERY_S", 0.02)
    monkeypatch.setattr(Frames, "end", refuse)
    with headset(required=True) as host:
        pauses = []
        for _ in range(3):
            until(host, lambda: bool(host.why), "nobody said so")
            assert "XR_ERROR_LAYER_INVALID" in host.why and host.rendered == 0
            pauses.append(host._seeker._due_s - time.monotonic())
            until(host, lambda: host._session is not None, "it was not tried again")
        assert pauses[2] > pauses[1] > pauses[0] > 0.03


def test_step_times_follow_the_display(remote) -> None:
    with headset(required=True) as host:
        steps = []
        wear(host)
        for _ in range(20):
            steps.append(frame(host).dt_s)
        assert all(0 < step <= 0.25 for step in steps)
        shown = np.diff([t.predicted_ns for t in host.timings]) / 1e9
        assert steps[-10:] == pytest.approx(shown[-10:])
