"""What each eye is given, pixel by pixel, against geometry worked out here from what the remote device was told."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from runtime.remote import Pose, ViewState, pose
from runtime.screen import read_xwd
from visit import CHANNEL, LAYER, Visit, until

from walkbox import colour

TOP = colour.table("viridis")[255].astype(int)
SYMMETRIC = tuple(math.radians(a) for a in (-42, 42, 45, -45))
OUTWARD = tuple(math.radians(a) for a in (-52, 40, 43, -50))
INWARD = tuple(math.radians(a) for a in (-40, 52, 43, -50))


def eyes(distance_m: float, left: tuple, right: tuple, turned: float = 0.0) -> tuple[ViewState, ViewState]:
    half = distance_m / 2
    return ViewState(pose(-half, 0, 0, yaw=turned), left), ViewState(pose(half, 0, 0, yaw=-turned), right)


HEADS = {
    "straight": pose(0, 1.5, 0),
    "turned": pose(0.3, 1.2, 0.2, yaw=0.4),
    "above": pose(-0.4, 1.9, 0.1, yaw=-0.3, pitch=-0.25),
}
EYES = {
    "ordinary": eyes(0.063, SYMMETRIC, SYMMETRIC),
    "asymmetric": eyes(0.063, OUTWARD, INWARD),
    "far apart": eyes(0.2, SYMMETRIC, SYMMETRIC),
    "canted": eyes(0.07, OUTWARD, INWARD, turned=math.radians(10)),
}


@pytest.fixture(scope="module")
def visited(monado) -> Iterator[Visit]:
    made = Visit("desktop")
    made.stand_before(LAYER, 1.3)
    yield made
    made.close()


@pytest.fixture
def visit(visited: Visit, remote) -> Visit:
    visited.stand_before(LAYER, 1.3)
    visited.wear()
    return visited


def matrix(seven: Pose) -> np.ndarray:
    """4x4 float64 of a quaternion (x, y, z, w) and a position, by the quaternion's own product."""
    q, p = np.array(seven[:4]), seven[4:]
    vector, w = q[:3], q[3]
    made = np.eye(4)
    for axis in range(3):
        unit = np.eye(3)[axis]
        made[:3, axis] = unit + 2 * np.cross(vector, np.cross(vector, unit) + w * unit)
    made[:3, 3] = p
    return made


def lit(visit: Visit, head: Pose, eye: ViewState, size_px: tuple[int, int], finer: int = 1) -> np.ndarray:
    """bool (finer H, finer W): the pixels whose rays meet the bright map; *finer* times as many of them."""
    width, height = (finer * n for n in size_px)
    left, right, up, down = np.tan(eye.fov)
    x = left + (right - left) * (np.arange(width) + 0.5) / width
    y = up + (down - up) * (np.arange(height) + 0.5) / height
    rays = np.stack(np.broadcast_arrays(x[None, :], y[:, None], -1.0), -1)
    arrangement, network = visit.network.arrangement, visit.network
    centre = arrangement.map_centres(LAYER, network.graph.layers[LAYER].maps.count)[CHANNEL]
    wall_from_eye = np.linalg.inv(network.world_from_wall()[LAYER].astype(np.float64))
    wall_from_eye = wall_from_eye @ visit.world_from_play.astype(np.float64) @ matrix(head) @ matrix(eye.pose)
    origin, rays = wall_from_eye[:3, 3], rays @ wall_from_eye[:3, :3].T
    distance = -origin[2] / rays[..., 2]
    across = np.abs(origin[:2] + rays[..., :2] * distance[..., None] - centre)
    return (distance > 0) & np.all(across < arrangement.map_size[LAYER] / 2, -1)


def shifted(mask: np.ndarray) -> np.ndarray:
    """(9, H, W): the mask and its eight neighbours. (Edges of maps are soft by a pixel.)"""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    return np.stack([padded[i : i + height, j : j + width] for i in range(3) for j in range(3)])


def bright(picture: np.ndarray) -> np.ndarray:
    """bool (H, W): the pixels that have the bright map's colour."""
    return np.abs(picture.astype(int) - TOP).max(-1) <= 2


def middle(weights: np.ndarray) -> np.ndarray:
    """Column and row of the centre of gravity, in pixels."""
    rows, columns = np.indices(weights.shape)
    return np.array([(columns * weights).sum(), (rows * weights).sum()]) / weights.sum() + 0.5


def place(visit: Visit, remote, head: Pose, views: tuple[ViewState, ViewState]) -> list:
    """What the eyes are given with head and eyes there."""
    remote.state.head, remote.state.views = head, views
    remote.send()
    visit.frames(2)
    return visit.host.read_views()


@pytest.mark.parametrize("views", EYES.values(), ids=EYES.keys())
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_a_known_map_lands_on_the_pixels_that_geometry_predicts(visit: Visit, remote, head: Pose, views) -> None:
    check(visit, head, views, place(visit, remote, head, views))


@pytest.mark.parametrize("scale", [0.25, 4.0])
def test_a_map_seen_by_an_ant_and_by_a_giant(visit: Visit, remote, scale: float) -> None:
    visit.world_from_play[:3, :3] *= scale
    head = pose(0.2 / scale, 1.4 / scale, 0.1 / scale, yaw=0.2)
    seen = place(visit, remote, head, EYES["asymmetric"])
    check(visit, head, EYES["asymmetric"], seen)
    eyes_apart = np.linalg.norm(seen[0][0].world_from_view[:3, 3] - seen[1][0].world_from_view[:3, 3])
    assert eyes_apart == pytest.approx(0.063 * scale, rel=1e-4)
    assert seen[0][0].scale == pytest.approx(scale)


def check(visit: Visit, head: Pose, views: tuple[ViewState, ViewState], seen: list) -> None:
    """The bright map stands where it must in both eyes' pictures, and so does its disparity."""
    wanted, found = [], []
    for eye, (view, picture) in zip(views, seen, strict=True):
        assert picture.shape == (view.size_px[1], view.size_px[0], 3)
        want, got = lit(visit, head, eye, view.size_px), bright(picture)
        inside, around = shifted(want).all(0), shifted(want).any(0)
        assert inside.sum() > 100
        assert not (inside & ~got).any(), "missing"
        assert not (got & ~want).any(), "too many"
        wanted.append(middle(lit(visit, head, eye, view.size_px, finer=4)) / 4)
        soft = np.clip((picture[..., 1] - 20.0) / (TOP[1] - 20.0), 0, 1)  # everything near it is dark
        found.append(middle(np.where(around, soft, 0)))
    assert found[0] - found[1] == pytest.approx(wanted[0] - wanted[1], abs=0.25)  # the disparity
    assert np.abs(np.subtract(found, wanted)).max() < 0.25


def test_what_is_composited_agrees_with_what_was_handed_over(visit: Visit, remote, composited) -> None:
    remote.state.head = HEADS["turned"]  # and the device's own views, which are the compositor's
    remote.send()
    visit.frames(2)
    seen = visit.host.read_views()

    def difference() -> float:
        both = zip(seen, composited(), strict=True)  # its window is twice as large
        return max(np.abs(in_half(shown) - handed).mean() for (_, handed), shown in both)

    until(lambda: difference() < 1.5, visit.frame, "the compositor shows something else")
    for (_, handed), shown in zip(seen, composited(), strict=True):
        inside = shifted(bright(handed)).all(0)
        assert inside.sum() > 100
        assert np.abs(in_half(shown)[inside] - TOP).max() <= 2  # the same colours, not brighter and not darker


def in_half(picture: np.ndarray) -> np.ndarray:
    """The picture in half its size."""
    height, width, _ = picture.shape
    return picture.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))


def test_the_window_shows_what_the_left_eye_sees(visit: Visit, remote, monado) -> None:
    from walkbox.hosts.headset.mirror import crop

    (view, handed), _ = place(visit, remote, HEADS["turned"], EYES["asymmetric"])
    visit.frames(10)
    (left, bottom, right, top), _ = crop(view, visit.desk.size_px)
    part = handed[view.size_px[1] - top : view.size_px[1] - bottom, left:right]
    window = read_xwd(monado.picture)[:720, 960 : 960 + 1280]
    rows = (np.arange(720) + 0.5) / 720 * part.shape[0]
    columns = (np.arange(1280) + 0.5) / 1280 * part.shape[1]
    expected = part[rows.astype(int)][:, columns.astype(int)]  # whichever way it is smoothed
    assert np.abs(window.astype(int) - expected).mean() < 4
    assert bright(window).mean() == pytest.approx(bright(expected).mean(), rel=0.2)
