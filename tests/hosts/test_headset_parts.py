"""The headset host's plain parts, and the host where no runtime is."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.config import Settings
from walkbox.errors import HostError
from walkbox.geometry import clip_from_view, matrix_from_pose, walker_matrix
from walkbox.hosts import platform
from walkbox.hosts.headset.poses import play_under, quaternion_of, scale_of, stand
from walkbox.hosts.headset.waiter import Waiter
from walkbox.view import Fov

platform.prepare(window=False)  # what follows imports OpenGL

unit = st.floats(-1, 1, width=32)
quaternions = st.tuples(unit, unit, unit, unit).filter(lambda q: np.linalg.norm(q) > 0.1)
positions = st.tuples(*[st.floats(-50, 50, width=32)] * 3)


@given(quaternions)
def test_a_rotation_comes_back_from_its_quaternion(q) -> None:
    rotation = matrix_from_pose(np.zeros(3), np.array(q))[:3, :3]
    found = quaternion_of(rotation)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5) and found[3] >= 0
    assert matrix_from_pose(np.zeros(3), np.array(found))[:3, :3] == pytest.approx(rotation, abs=2e-6)


@given(quaternions, positions, positions, st.floats(-3, 3), st.floats(0.01, 100))
def test_an_eye_stands_where_the_scaled_play_space_has_it(q, place, eye, yaw, scale) -> None:
    world_from_play = walker_matrix(np.array(place), yaw, 0.0).astype(np.float64)
    world_from_play[:3, :3] *= scale
    play_from_eye = matrix_from_pose(np.array(eye), np.array(q))
    world_from_eye = stand(world_from_play, play_from_eye)
    assert world_from_eye.dtype == np.float32
    assert scale_of(world_from_play) == pytest.approx(scale, rel=1e-5)
    assert scale_of(world_from_eye) == pytest.approx(1, abs=1e-5)
    turned = walker_matrix(np.zeros(3), yaw, 0.0)[:3, :3] @ play_from_eye[:3, :3]
    assert world_from_eye[:3, :3] == pytest.approx(turned, abs=1e-5)
    assert world_from_eye[:3, 3] == pytest.approx((world_from_play @ [*eye, 1])[:3], rel=1e-5, abs=1e-3)


@given(positions, st.floats(-3.1, 3.1), st.floats(-1.57, 1.57), st.floats(1.0, 2.0))
def test_a_wearer_under_a_camera_has_its_eyes_there_and_faces_its_way(place, yaw, pitch, height) -> None:
    world_from_play = play_under(walker_matrix(np.array(place), yaw, pitch), height)
    eye = world_from_play @ [0, height, 0, 1]
    assert eye[:3] == pytest.approx(np.array(place), abs=1e-4)
    assert world_from_play[:3, :3] == pytest.approx(walker_matrix(np.zeros(3), yaw, 0.0)[:3, :3], abs=2e-3)


def test_a_hidden_triangle_covers_what_its_corners_do() -> None:
    from walkbox.hosts.headset.visibility import hidden_triangles

    fov = Fov(-0.9, 0.6, 0.7, -0.8)
    corners = np.tan([[fov.left, fov.down], [fov.right, fov.up], [0.0, 0.0], [0.3, -0.2]]).astype(np.float32)
    indices = np.array([0, 1, 2, 2, 3, 0])
    triangles = hidden_triangles(corners, indices, fov)
    assert triangles.shape == (6, 2) and triangles.dtype == np.float32
    assert triangles[0] == pytest.approx([-1, -1], abs=1e-6) and triangles[1] == pytest.approx([1, 1], abs=1e-6)
    clip = clip_from_view(fov)
    for found, (x, y) in zip(triangles, corners[indices], strict=True):
        at = clip @ [x, y, -1, 1]
        assert found == pytest.approx(at[:2] / at[3], abs=1e-5)


@pytest.mark.parametrize(
    ("recommended", "largest", "wanted"),
    [
        ([(2064, 2208), (2064, 2208)], (16384, 16384), (2064, 2208)),
        ([(2000, 1000), (2010, 990)], (16384, 16384), (2010, 1000)),
        ([(3000, 3000), (3000, 3000)], (4096, 4096), (2048, 2048)),
        ([(1000, 3000), (1000, 3000)], (8192, 2000), (666, 2000)),
    ],
)
def test_two_pictures_fit_into_one_image(recommended, largest, wanted) -> None:
    from walkbox.hosts.headset.pictures import fitting_size

    assert fitting_size(recommended, largest) == wanted


def test_formats_are_taken_in_the_order_in_which_they_are_wanted() -> None:
    from walkbox.hosts.headset.swapchains import COLOUR_FORMATS, DEPTH_FORMATS, RGBA8, RGBA16F, SRGB8_ALPHA8, choose

    assert choose(COLOUR_FORMATS, [0x805B, RGBA16F, SRGB8_ALPHA8, RGBA8]) == SRGB8_ALPHA8
    assert choose(COLOUR_FORMATS, [RGBA8, RGBA16F]) == RGBA16F
    assert choose(DEPTH_FORMATS, [0x81A5]) is None


def test_a_waiter_gives_each_frame_once_and_never_waits_longer_than_it_is_told() -> None:
    go, calls = threading.Semaphore(0), []
    waiter = Waiter(lambda: (calls.append(1), go.acquire())[0])
    assert not waiter.busy
    assert not waiter.frame(0.0) and waiter.busy
    assert not waiter.frame(0.01) and calls == [1]  # one call only
    go.release()
    assert waiter.frame(10.0) and not waiter.busy
    go.release()
    assert waiter.frame(10.0) and calls == [1, 1]


def test_what_goes_wrong_while_waiting_is_raised_where_the_frame_is_taken() -> None:
    def fail() -> None:
        raise ArithmeticError("gone")

    waiter = Waiter(fail)
    with pytest.raises(ArithmeticError, match="gone"):
        waiter.frame(10.0)
    assert not waiter.busy


@pytest.fixture
def no_runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("XR_RUNTIME_JSON", str(tmp_path / "missing.json"))


def desk():
    from walkbox.hosts.offscreen import OffscreenHost

    return OffscreenHost((32, 24), samples=1)


def test_without_a_runtime_everything_is_the_desk(no_runtime) -> None:
    from walkbox.hosts.headset.host import HeadsetHost

    host = HeadsetHost(desk(), Settings(fov_deg=50.0))
    try:
        deadline = time.monotonic() + 30
        while not host.why:
            assert time.monotonic() < deadline
            assert host.poll().head is None
            targets = host.begin(np.eye(4, dtype=np.float32))
            assert [t.view.size_px for t in targets] == [(32, 24)]
            assert host.panel_layer(np.eye(4, dtype=np.float32), (1, 1), (8, 8)) is None
            targets[0].framebuffer.clear(0.2, 0.4, 0.6, 1.0)
            host.end()
            host.pulse("left", 1.0, 0.1)
        assert host.why.startswith("No headset: ") and "XR_ERROR_RUNTIME_UNAVAILABLE" in host.why
        assert host.name == "offscreen" and host.settings.fov_deg == host.desk.settings.fov_deg == 50.0
        assert host.read_pixels()[0, 0].tolist() == [51, 102, 153]
        assert host.rendered == host.late_frames == len(host.timings) == len(host.states) == 0
        assert host.time_left_s() is None and host.headset == ""
        with pytest.raises(HostError, match="no frame yet"):
            host.read_views()
    finally:
        host.close()
        host.close()
    assert "walkbox-headset" not in [t.name for t in threading.enumerate()]


def test_a_headset_that_is_required_says_in_one_line_why_there_is_none(no_runtime) -> None:
    from walkbox.hosts.headset.host import HeadsetHost

    closed = []
    host = desk()
    close, host.close = host.close, lambda: (closed.append(1), close())[1]
    with pytest.raises(HostError, match=r"^No headset: .+\(XR_ERROR_\w+\)\. .+\.$") as raised:
        HeadsetHost(host, required=True)
    assert "\n" not in str(raised.value) and closed == [1]


def test_a_runtime_that_nobody_understands_is_asked_again(monkeypatch) -> None:
    from walkbox.hosts.headset import instance
    from walkbox.hosts.headset.seeker import Seeker

    def odd(*args) -> None:
        raise ValueError("-77777 is not a valid Result")

    monkeypatch.setattr(instance, "Instance", odd)
    monkeypatch.setattr("walkbox.hosts.headset.seeker.EVERY_S", 0.01)
    seeker = Seeker(())
    deadline = time.monotonic() + 30
    while seeker.attempts < 3:
        assert seeker.poll() is None and time.monotonic() < deadline
    seeker.close()
    assert "-77777" in seeker.why
