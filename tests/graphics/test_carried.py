"""A picture that a wearer carries is drawn where it is held, and is gone when it is let go."""

from __future__ import annotations

import numpy as np
import pytest

from walkbox.geometry import look_at
from walkbox.scene.presence import Presence
from walkbox.scene.scene import PictureQuad, Scene

EYE = look_at(np.array([0, 1.65, 0]), np.array([0, 1.65, -1]))


@pytest.mark.parametrize("colour", [(250, 40, 10), (10, 200, 90)])
def test_it_is_drawn_where_it_is_held_and_gone_afterwards(renderer, photograph, colour) -> None:
    def seen(scene: Scene) -> np.ndarray:
        renderer.sync(scene)
        return photograph(renderer, scene, EYE)

    plain = seen(Scene())
    pixels = np.full((40, 60, 3), colour, np.uint8)
    pose = np.eye(4, dtype=np.float32)
    pose[:3, 3] = (0, 1.65 - 0.1, -0.7)
    scene = Scene(presence=Presence(carried=[PictureQuad(7, pixels, pose, (0.3, 0.2))]))
    for _ in range(2):
        shown = seen(scene)
        middle = tuple(side // 2 for side in shown.shape[:2])
        np.testing.assert_allclose(shown[middle], colour, atol=1)
    changed = (shown != plain).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert width / height == pytest.approx(1.5, abs=0.05)
    assert (rows.mean(), columns.mean()) == pytest.approx(((shown.shape[0] - 1) / 2, (shown.shape[1] - 1) / 2), abs=1)
    scene.presence = Presence()
    np.testing.assert_array_equal(seen(scene), plain)
