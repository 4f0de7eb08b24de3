"""Pictures and notes that hang in the air: drawn, and met by rays."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from walkbox.scene.furniture import furniture
from walkbox.scene.furniture.pinned import pinned_quads, pinned_stands
from walkbox.scene.picking import pick
from walkbox.scene.scene import Scene
from walkbox.scene.setup import Note, Pinned, Setup

FAR_UP = (0.0, 30.0, 5.0, 0.0, 0.0, 0.0, 1.0)


def arranged(scene: Scene, **changes: object) -> None:
    scene.setup = dataclasses.replace(Setup(), **changes)
    scene.furniture_revision += 1


def test_a_pinned_picture_keeps_its_shape(scene: Scene):
    picture = scene.pictures[min(scene.pictures)]
    height, width = picture.pixels.shape[:2]
    arranged(scene, objects={7: Pinned(picture.id, FAR_UP, 0.6)})
    ((kind, number, quad),) = pinned_quads(scene)
    assert (kind, number) == ("object", 7)
    assert quad.size == pytest.approx((0.6, 0.6 * height / width))
    (stand,) = pinned_stands(scene)
    (drawn,) = stand.pictures
    assert drawn.key == picture.id and drawn.size == pytest.approx(quad.size)
    hit = pick(scene, np.array([0.1, 30.1, 8], np.float32), np.array([0, 0, -1], np.float32))
    assert hit is not None and (hit.kind, hit.object) == ("object", 7)
    assert hit.u == pytest.approx(0.1 / 0.6 + 0.5) and hit.size == pytest.approx(quad.size)


def test_a_picture_that_has_not_come_yet_has_a_place(scene: Scene):
    arranged(scene, objects={7: Pinned(12345, FAR_UP, 0.6)})
    (stand,) = pinned_stands(scene)
    assert not stand.pictures and len(stand.quads) == 1


def test_long_notes_are_wrapped_and_grow_downwards_to_a_limit(scene: Scene):
    short, long = Note("Edges", FAR_UP), Note("edges and corners " * 20, FAR_UP, 1.2)
    arranged(scene, notes={1: short, 2: long, 3: Note("word\n" * 200, FAR_UP)})
    one, two, three = (quad for _, _, quad in pinned_quads(scene))
    assert one.size[0] == pytest.approx(0.6) and two.size[0] == pytest.approx(1.2)
    assert two.size[1] > 5 * one.size[1]
    first, second, third = pinned_stands(scene)
    assert [t.text for t in first.texts] == ["Edges"]
    assert all(len(t.text) <= 30 for t in second.texts) and " ".join(t.text for t in second.texts) == long.text.strip()
    assert third.texts[-1].text == "…" and len(third.texts) == 24
    for stand, quad in ((first, one), (second, two), (third, three)):
        for text in stand.texts:
            above = float(text.world_from_text[1, 3]) - 30
            assert above > 0 and above + text.height_m < quad.size[1]


def test_they_are_part_of_the_furniture(scene: Scene):
    texts, _, pictures = furniture(scene)
    arranged(scene, objects={7: Pinned(min(scene.pictures), FAR_UP, 0.6)}, notes={1: Note("Edges", FAR_UP)})
    more_texts, _, more_pictures = furniture(scene)
    assert {t.text for t in more_texts} - {t.text for t in texts} == {"Edges"}
    assert len(more_pictures) == len(pictures) + 1


def test_a_note_is_met(scene: Scene):
    arranged(scene, notes={9: Note("Edges", FAR_UP)})
    hit = pick(scene, np.array([0, 30.03, 8], np.float32), np.array([0, 0, -1], np.float32))
    assert hit is not None and (hit.kind, hit.object) == ("note", 9)
