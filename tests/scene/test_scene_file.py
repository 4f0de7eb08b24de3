"""Setups written down and read again, through the text of the file; what is wrong in a file is said and left out."""

from __future__ import annotations

import math
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkbox.brush import BRUSHES
from walkbox.scene.channels import SORTS, ChannelView
from walkbox.scene.display import Display
from walkbox.scene.scene_file import Kept, Model, NoiseRecipe, PictureRef, Stand, document_of, kept_of
from walkbox.scene.setup import NetworkSetup, Note, Pinned, Setup, Stroke, WallChange
from walkbox.toml_text import Inline, toml_text


def there_and_back(kept: Kept) -> tuple[Kept, list[str]]:
    return kept_of(tomllib.loads(toml_text(document_of(kept), head="Of a test.")))


number = st.floats(-1e6, 1e6)
points = st.tuples(number, number, number)
names = st.text(min_size=1, max_size=12)
text = st.text(max_size=20)
ids = st.integers(0, 1 << 40)
sizes = st.floats(0.01, 100)
walls = st.builds(WallChange, st.none() | points, st.none() | number, sizes, st.booleans())
views = st.builds(
    ChannelView, st.sampled_from(SORTS), st.integers(0, 5000), st.booleans(), st.integers(-1, 30)
)  # fmt: skip
limits = st.tuples(st.floats(-1e30, -1e-3), st.floats(0, 1e30))
pairs = st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2)), min_size=1, max_size=5).map(tuple)
bytes_ = st.integers(0, 255)
strokes = st.builds(Stroke, st.sampled_from(BRUSHES), pairs, st.floats(0.01, 1), st.tuples(bytes_, bytes_, bytes_))
poses = points.map(lambda p: (*p, 0.5, -0.5, 0.5, 0.5))
texts = st.text(min_size=1, max_size=40).filter(lambda t: bool(t.strip()))
networks = st.builds(
    NetworkSetup,
    layout=st.sampled_from(["linear", "spiral"]),
    detail=st.sampled_from(["ops", "layers", "blocks"]),
    opened=st.frozensets(names, max_size=3),
    closed=st.frozensets(names, max_size=3),
    display=st.builds(Display, colormap=st.sampled_from(["auto", "magma"]), scope=st.sampled_from(["map", "model"])),
    walls=st.dictionaries(names, walls, max_size=4),
    channels=st.dictionaries(names, views, max_size=4),
    limits=st.dictionaries(names, limits, max_size=4),
    picture=st.none() | ids,
    strokes=st.lists(strokes, max_size=3).map(tuple),
    depth=st.floats(0, 1),
)
refs = st.builds(
    PictureRef, text, text, text, st.none() | ids,
    st.none()
    | st.builds(NoiseRecipe, st.just("pink"), ids, st.tuples(st.integers(1, 99), st.integers(1, 99)), st.booleans()),
    text,
)  # fmt: skip
setups = st.builds(
    Setup,
    st.dictionaries(st.integers(0, 3), networks, max_size=2),
    st.dictionaries(st.integers(1, 50), st.builds(Pinned, ids, poses, sizes), max_size=3),
    st.dictionaries(st.integers(51, 99), st.builds(Note, texts, poses, sizes), max_size=3),
)


@settings(deadline=None)
@given(
    setup=setups,
    model=st.builds(Model, text, text, text),
    stand=st.none() | st.builds(Stand, points, number, st.floats(-1.5, 1.5), sizes),
    pictures=st.dictionaries(ids, refs, max_size=3),
)
def test_any_setup_comes_back_equal(setup: Setup, model: Model, stand: Stand | None, pictures: dict[int, PictureRef]):
    kept = Kept(setup, model, stand, pictures)
    again, problems = there_and_back(kept)
    assert problems == []
    assert again == kept


plain = st.recursive(
    st.text() | st.integers(-(1 << 60), 1 << 60) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), plain, max_size=4))
def test_the_writer_writes_toml(document: dict[str, Any]):
    assert tomllib.loads(toml_text(document)) == document


def test_the_file_is_good_to_read():
    one = NetworkSetup(walls={"layer1.0.conv1": WallChange((1.0, 0.5, -2.0), scale=2.0)}, limits={"fc": (-1.0, 2.5)})
    kept = Kept(Setup({0: one}, notes={7: Note('He said "no"', (0, 0, 0, 0, 0, 0, 1))}), Model("demo", "Small", "ab12"))
    text = toml_text(document_of(kept), head="A scene.")
    for line in (
        "# A scene.",
        "version = 1",
        'target = "demo"',
        "[network.0.walls]",
        '"layer1.0.conv1" = { position = [1.0, 0.5, -2.0], scale = 2.0 }',
        "fc = [-1.0, 2.5]",
        "[note.7]",
        'text = "He said \\"no\\""',
    ):
        assert line in text.splitlines(), text
    assert "[network]" not in text and "hidden" not in text


def test_odd_values_in_the_writer():
    document = {
        "a": {},
        "b": Inline(x=1, y=None, z=Inline()),
        "c": [1.5, -math.inf],
        "d": None,
        "e f": "\x7f\u0001é\U0001f600",
    }
    text = toml_text(document)
    read = tomllib.loads(text)
    assert read == {"a": {}, "b": {"x": 1, "z": {}}, "c": [1.5, -math.inf], "e f": "\x7f\u0001é\U0001f600"}
    assert toml_text({"half": "a\udc80b"}).strip() == 'half = "a?b"'
    with pytest.raises(TypeError, match="bytes"):
        toml_text({"a": b"x"})


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "version is None"),
        ({"version": 7}, "version 7, from a newer walkbox"),
        ({"version": 1, "nets": {}}, "no 'nets' in a scene"),
        ({"version": 1, "network": 3}, "network: 3 was found; a table"),
        ({"version": 1, "network": {"one": {}}}, "a number was expected in place of 'one'"),
        ({"version": 1, "network": {"0": 5}}, "network.0 is 5"),
        ({"version": 1, "network": {"0": {"layout": "liner"}}}, "network.0.layout: There is no layout 'liner'"),
        ({"version": 1, "network": {"0": {"layout": 3}}}, "network.0.layout: 3 was found; a text"),
        ({"version": 1, "network": {"0": {"detail": "all"}}}, "ops, layers, blocks"),
        ({"version": 1, "network": {"0": {"wals": {}}}}, "network.0.wals"),
        (
            {"version": 1, "network": {"0": {"walls": {"a": {"position": [1, 2]}}}}},
            "network.0.walls.a: .*list of 3 numbers",
        ),
        ({"version": 1, "network": {"0": {"walls": {"a": {"scale": 0}}}}}, "network.0.walls.a: 0 was found"),
        ({"version": 1, "network": {"0": {"walls": {"a": {"scle": 1}}}}}, "'scle' was found; position or yaw"),
        ({"version": 1, "network": {"0": {"walls": {"a": {"yaw": math.nan}}}}}, "nan was found"),
        ({"version": 1, "network": {"0": {"limits": {"a": [2, 1]}}}}, "smaller number first"),
        ({"version": 1, "network": {"0": {"channels": {"a": {"sort": "men"}}}}}, "channel, mean"),
        ({"version": 1, "network": {"0": {"display": {"colormap": "magmo"}}}}, "display.colormap: .*magma"),
        ({"version": 1, "network": {"0": {"display": {"colormap": [1]}}}}, "display.colormap"),
        ({"version": 1, "network": {"0": {"strokes": [{"tool": "paint"}]}}}, "strokes, stroke"),
        ({"version": 1, "network": {"0": {"depth": 2}}}, "from 0 to 1"),
        ({"version": 1, "network": {"0": {"picture": -1}}}, "a whole number from 0"),
        (
            {"version": 1, "object": {"5": {"picture": 1, "pose": [0, 0, 0, 0, 0, 0, 9], "width_m": 1}}},
            "object.5: .*quaternion",
        ),
        ({"version": 1, "object": {"5": {}}}, "object.5: None was found"),
        ({"version": 1, "note": {"5": {"text": "", "pose": [0, 0, 0, 0, 0, 0, 1]}}}, "note.5: '' was found; a word"),
        ({"version": 1, "picture": {"5": {"noise": {"kind": 3}}}}, "picture.5"),
        ({"version": 1, "model": []}, r"model: \[\] was found"),
        ({"version": 1, "model": {"target": 3}}, "model: 3 was found; a text"),
        ({"version": 1, "stand": {"position": [0, 0, 0]}}, "stand: None was found; a number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_the_rest_is_used(document: dict[str, Any], words: str):
    note = {"text": "kept", "pose": [0, 0, 0, 0, 0, 0, 1]}
    whole = {**document, "note": {**document.get("note", {}), "9": note}}
    kept, problems = kept_of(whole)
    assert len(problems) == 1, problems
    import re

    assert re.search(words, problems[0]), problems
    assert kept.setup.notes == {9: Note("kept", (0, 0, 0, 0, 0, 0, 1))}
    assert kept.setup.objects == {}


def test_a_note_with_the_number_of_a_picture():
    pose = [0, 0, 0, 0, 0, 0, 1]
    document = {
        "version": 1,
        "note": {"5": {"text": "x", "pose": pose}},
        "object": {"5": {"picture": 1, "pose": pose, "width_m": 1}},
    }
    kept, problems = kept_of(document)
    assert not kept.setup.notes and len(kept.setup.objects) == 1 and "5" in problems[0]
