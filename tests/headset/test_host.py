"""The headset host on the runtime: colours, the panel's layer, depth, calls, frames left open, a runtime that goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from runtime.remote import pose

from walkbox.config import Settings
from walkbox.errors import HostError
from walkbox.geometry import yaw_matrices

STRAIGHT = np.eye(4, dtype=np.float32)
LEFT, RIGHT = (200, 100, 50), (30, 160, 220)


@contextmanager
def headset(**options) -> Iterator:
    from walkbox.hosts.headset.host import HeadsetHost
    from walkbox.hosts.offscreen import OffscreenHost

    host = HeadsetHost(OffscreenHost((64, 48), samples=1), Settings(msaa=options.pop("msaa", 1)), **options)
    try:
        yield host
    finally:
        host.close()


def fill(target, colour) -> None:
    target.framebuffer.clear(*(c / 255 for c in colour), 1.0, depth=1.0)


def frame(host, draw: Callable = lambda targets: None, world_from_play: np.ndarray = STRAIGHT):
    """One frame with both eyes in plain colours, or as *draw* wants it. Returns the input."""
    input = host.poll()
    targets = host.begin(STRAIGHT, world_from_play)
    if input.head is not None and targets:
        for target, colour in zip(targets, (LEFT, RIGHT), strict=True):
            fill(target, colour)
        draw(targets)
    host.end()
    return input


def until(host, reached: Callable[[], bool], what: str, **options) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline, what
        frame(host, **options)


def show(host, count: int = 6, **options) -> None:
    """Go on until so many more frames were handed over with pictures."""
    goal = host.rendered + count
    until(host, lambda: host.rendered >= goal, "the headset never showed the walk", **options)


def settle(host, composited, wanted: Callable[[list[np.ndarray]], bool], what: str, **options) -> list[np.ndarray]:
    """Go on until the compositor shows what is wanted (it is a frame or two behind)."""
    deadline = time.monotonic() + 20
    while True:
        show(host, 2, **options)
        pictures = composited()
        if wanted(pictures):
            return pictures
        assert time.monotonic() < deadline, f"{what}: {[p[270, 240].tolist() for p in pictures]}"


def near(colour, wanted, within: int = 2) -> bool:
    return bool(np.abs(np.asarray(colour, int) - wanted).max() <= within)


def middles_are(*wanted):
    return lambda pictures: all(near(p[270, 240], w) for p, w in zip(pictures, wanted, strict=True))


def test_the_compositor_shows_the_colours_that_were_drawn(remote, composited) -> None:
    with headset(required=True) as host:
        settle(host, composited, middles_are(LEFT, RIGHT), "sRGB")
        views = host.read_views()
        assert [tuple(picture[5, 5]) for _, picture in views] == [LEFT, RIGHT]
        assert host._session.pictures.format == 0x8C43  # bytes are copied as they are


@pytest.mark.parametrize("format", [0x881A, 0x805B], ids=["RGBA16F", "RGBA16"])
def test_linear_swapchains_show_the_same_colours(remote, composited, monkeypatch, format: int) -> None:
    monkeypatch.setattr("walkbox.hosts.headset.pictures.COLOUR_FORMATS", (format,))
    with headset(required=True, msaa=4) as host:
        settle(host, composited, middles_are(LEFT, RIGHT), "linear")
        assert host._session.pictures.format == format


def draw_panel(host, colour, alpha: float):
    """Draws a panel straight ahead of (0, 1.6, 0): its upper half in *colour*, its lower one green."""

    def draw(targets) -> None:
        hung = STRAIGHT.copy()
        hung[:3, 3] = (0, 1.6, -1)
        framebuffer = host.panel_layer(hung, (0.8, 0.4), (80, 40))
        assert framebuffer is not None and framebuffer.size == (80, 40)
        framebuffer.clear(*(c / 255 * alpha for c in colour), alpha, viewport=(0, 20, 80, 20))
        framebuffer.clear(0.0, alpha, 0.0, alpha, viewport=(0, 0, 80, 20))
        assert host.panel_layer(hung, (0.8, 0.4), (80, 40)) is None  # one a frame

    return draw


def test_a_panel_hangs_upright_where_it_was_hung(remote, composited) -> None:
    remote.state.head = pose(0, 1.6, 0)
    remote.send()
    with headset(required=True) as host:
        draw = draw_panel(host, (255, 0, 200), 1.0)
        upper = lambda p: near(p[255, 240], (255, 0, 200)) and near(p[285, 240], (0, 255, 0))  # noqa: E731
        pictures = settle(host, composited, lambda ps: all(map(upper, ps)), "panel", draw=draw)
        view = host.read_views()[0][0]
        across = 480 / (np.tan(view.fov.right) - np.tan(view.fov.left))
        for eye, picture in enumerate(pictures):
            row = picture[255].astype(int)
            pink = np.flatnonzero(np.abs(row - (255, 0, 200)).max(-1) <= 40)
            assert len(pink) == pytest.approx(0.8 * across, abs=3)
            x_m = (0.0315, -0.0315)[eye]  # where the panel's middle is from this eye
            assert pink.mean() == pytest.approx(240 + x_m * across, abs=2)
            # What is kept of the frame, for the mirror and saved views, shows it in the same place.
            shrunk = np.flatnonzero((host.read_views()[eye][1][127] == (255, 0, 200)).all(-1))
            assert 2 * shrunk[0] == pytest.approx(pink[0], abs=3) and 2 * shrunk[-1] == pytest.approx(pink[-1], abs=3)
        show(host, 3)  # and it goes with the frame that does not ask for it
        settle(host, composited, middles_are(LEFT, RIGHT), "no panel")


def linear(byte: float) -> float:
    s = byte / 255
    return s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4


def encoded(value: float) -> int:
    return round(255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))


def test_a_panel_that_is_half_transparent_is_mixed_in_linear_light(remote, composited) -> None:
    pink, alpha = (255, 60, 200), 128 / 255
    wanted = [
        [encoded(alpha * linear(p) + (1 - alpha) * linear(b)) for p, b in zip(pink, below, strict=True)]
        for below in (LEFT, RIGHT)
    ]
    with headset(required=True) as host:
        draw = draw_panel(host, pink, alpha)
        reached = lambda ps: all(near(p[255, 240], w, 4) for p, w in zip(ps, wanted, strict=True))  # noqa: E731
        settle(host, composited, reached, "half transparent", draw=draw)


def test_depth_is_handed_over_as_it_was_drawn(remote, monkeypatch) -> None:
    from OpenGL import GL

    from walkbox.hosts.headset.swapchains import Swapchain

    read: list[float] = []
    give_back = Swapchain.__exit__

    def spied(chain, *error) -> None:
        if chain is host._session.pictures._depth:
            width, height = host._session.pictures.size_px
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, chain._framebuffers[chain._index.value].glo)
            for eye in range(2):
                pixel = GL.glReadPixels(eye * width + 7, height - 9, 1, 1, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT)
                read.append(float(np.ravel(pixel)[0]))
        give_back(chain, *error)

    def draw(targets) -> None:
        for target, depth in zip(targets, (0.25, 0.75), strict=True):
            target.framebuffer.clear(0, 0, 0, 1, depth=depth)

    monkeypatch.setattr(Swapchain, "__exit__", spied)
    with headset(required=True, msaa=4) as host:
        grown = STRAIGHT * [[10], [10], [10], [1]]
        show(host, 2, draw=draw, world_from_play=grown.astype(np.float32))
        assert read[-2:] == pytest.approx([0.25, 0.75], abs=1e-6)
        for info in host._session.pictures._depth_infos:
            assert (info.near_z, info.far_z) == pytest.approx((0.05, 2000))  # metres of the person, whatever the scale


def test_a_frame_takes_twelve_calls_at_most(remote, monkeypatch) -> None:
    from walkbox.hosts.headset.calls import raw

    calls: list[str] = []

    def counted(name: str):
        function = getattr(raw, name)

        def call(*args):
            calls.append(name)
            return function(*args)

        return call

    with headset(required=True) as host:
        show(host)
        until(host, lambda: host.states[-1] == "FOCUSED", "the headset never got the focus")
        for name in [n for n in vars(raw) if n.startswith("xr")]:
            monkeypatch.setattr(raw, name, counted(name))
        inputs = ("xrSyncActions", "xrGetActionState", "xrLocateHand", "xrGetCurrentInteractionProfile")
        for draw in (lambda targets: None, draw_panel(host, LEFT, 1.0)):
            show(host, 3, draw=draw)
            calls.clear()
            goal = host.rendered + 1
            frame(host, draw)
            assert host.rendered == goal
            spaces = calls.count("xrLocateSpace") - 1  # of the hands
            others = [c for c in calls if not c.startswith(inputs)]
            assert len(others) - spaces <= 12, others
            assert calls.count("xrEndFrame") == calls.count("xrBeginFrame") == calls.count("xrWaitFrame") == 1
        monkeypatch.undo()


@pytest.mark.parametrize("scale", [0.02, 1.0, 30.0])
def test_the_eyes_stand_in_the_world_as_large_as_the_person_is(remote, scale: float) -> None:
    remote.state.head = pose(0.2, 1.7, -0.3, yaw=0.5)
    remote.send()
    world_from_play = yaw_matrices(np.array([[4.0, 1.0, -7.0]], np.float32), np.array([0.8]))[0]
    world_from_play[:3, :3] *= scale
    with headset(required=True) as host:
        show(host, 4, world_from_play=world_from_play)
        (left, _), (right, _) = host.read_views()
        assert left.scale == right.scale == pytest.approx(scale)
        for view in (left, right):
            turn = view.world_from_view[:3, :3]
            assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-5)
        apart = right.world_from_view[:3, 3] - left.world_from_view[:3, 3]
        assert np.linalg.norm(apart) == pytest.approx(0.063 * scale, rel=2e-3)
        middle = (right.world_from_view[:3, 3] + left.world_from_view[:3, 3]) / 2
        assert middle == pytest.approx((world_from_play @ [0.2, 1.7, -0.3, 1])[:3], abs=1e-3 * scale + 1e-4)
        facing = -left.world_from_view[:3, 2]
        assert facing == pytest.approx([-np.sin(1.3), 0, -np.cos(1.3)], abs=1e-3)


def test_a_frame_that_is_left_open_is_ended_before_the_next(remote) -> None:
    with headset(required=True) as host:
        show(host)

        def fail(targets) -> None:
            raise ArithmeticError("while drawing")

        for _ in range(3):
            host.poll()  # and nothing is begun
        before = host.rendered
        with pytest.raises(ArithmeticError):
            frame(host, fail)
        assert host.rendered == before
        show(host)
        with pytest.raises(ArithmeticError):
            frame(host, lambda targets: (draw_panel(host, LEFT, 1.0)(targets), fail(targets)))
        show(host, 1, draw=draw_panel(host, LEFT, 1.0))
        assert host.poll().head is not None
    assert list(host.states)[-5:] == ["VISIBLE", "SYNCHRONIZED", "STOPPING", "IDLE", "EXITING"]


def test_late_frames_are_counted_by_skipped_display_periods(remote) -> None:
    with headset(required=True) as host:
        show(host, 20)
        before = host.late_frames
        show(host, 1, draw=lambda targets: time.sleep(0.2))
        show(host, 2)
        assert host.late_frames - before >= 8  # 200 ms are twelve periods at 60 Hz
        timing = max(host.timings, key=lambda t: t.frame_ns)
        assert timing.frame_ns >= 200e6 and min(t.period_ns for t in host.timings) == pytest.approx(1e9 / 60, rel=0.01)
        assert sum(t.late for t in host.timings) == host.late_frames
        predicted = [t.predicted_ns for t in host.timings]
        assert predicted == sorted(set(predicted))
        host.poll()
        assert -0.1 < host.time_left_s() < 0.2


def test_without_the_runtime_the_walk_is_at_the_desk_and_comes_back(monado, remote, monkeypatch) -> None:
    monkeypatch.setattr("walkbox.hosts.headset.seeker.EVERY_S", 0.2)
    with headset() as host:
        show(host)
        assert host.name == "headset" and host.why == ""
        monado.kill()
        deadline = time.monotonic() + 20
        while (input := frame(host)).head is not None:
            assert time.monotonic() < deadline
        assert input.hands == ()
        targets = host.begin(STRAIGHT)
        assert host.name == "offscreen" and [t.view.size_px for t in targets] == [(64, 48)]
        assert "runtime" in host.why
        host.end()
        for _ in range(20):
            assert frame(host).head is None
        monado.start()
        show(host)
        assert host.name == "headset" and host.ctx.error == "GL_NO_ERROR"
        assert (
            list(host.states)[:5] == ["IDLE", "READY", "SYNCHRONIZED", "VISIBLE", "FOCUSED"] == list(host.states)[5:10]
        )


def test_a_second_headset_host_says_what_is_wrong(remote) -> None:
    with headset(required=True) as host:
        show(host, 1)
        with pytest.raises(HostError, match="No headset: "), headset(required=True):
            pass
        host._graphics.keep_current()
        show(host, 1)


def test_starts_and_stops_leave_nothing_behind(remote) -> None:
    import threading

    from OpenGL import GL

    from walkbox.hosts.headset.host import HeadsetHost
    from walkbox.hosts.offscreen import OffscreenHost

    kinds = ("Framebuffer", "Renderbuffer", "Texture", "Buffer", "VertexArray", "Program", "Shader")
    desk = OffscreenHost((64, 48), samples=1)
    stay, desk.close = desk.close, lambda: None
    left = []
    for _ in range(4):
        host = HeadsetHost(desk, Settings(msaa=4), required=True)
        show(host, 3, draw=draw_panel(host, LEFT, 1.0))
        host.close()
        objects = {kind: sum(bool(getattr(GL, f"glIs{kind}")(n)) for n in range(1, 300)) for kind in kinds}
        left.append((objects, threading.active_count(), desk.ctx.error))
    stay()
    assert left[1:] == left[:1] * 3
