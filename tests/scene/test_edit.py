"""What commands make of a setup, without a walk; going back and forth through any sequence of them."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from walkbox import commands as c
from walkbox.app.history import History
from walkbox.errors import WalkboxError
from walkbox.scene.channels import ChannelView
from walkbox.scene.edit import can_edit, drag_of, edited, said
from walkbox.scene.scene import Scene
from walkbox.scene.setup import NetworkSetup, Setup, WallChange

POSE = (1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def start(scene: Scene) -> Setup:
    scene.setup = Setup({0: NetworkSetup()})
    return scene.setup


def run(scene: Scene, setup: Setup, *commands: c.Command) -> Setup:
    for command in commands:
        setup = edited(setup, command, scene)
    return setup


def test_the_setup_before_is_left_alone(scene: Scene, start: Setup):
    before = Setup({0: NetworkSetup()})
    name = scene.networks[0].graph.layers[2].name
    after = run(scene, start, c.MoveWall(2, (1, 2, 3), 0.5, 2.0), c.HideWall(2))
    assert start == before
    assert after.networks[0].walls == {name: WallChange((1, 2, 3), 0.5, 2.0, True)}
    assert run(scene, after, c.HideWall(2, False)).networks[0].walls[name].hidden is False
    assert run(scene, after, c.ResetWall(None)) == start
    assert run(scene, after, c.ResetWall(2)) == start


def test_what_changes_nothing_is_the_same_setup(scene: Scene, start: Setup):
    for command in (
        c.ResetWall(1), c.HideWall(1, False), c.SetLayout("linear"), c.SetChannels(1), c.SetLimits(1, None, None),
        c.SetDisplay("colormap", "auto"), c.ChooseDepth(0.5),
    ):  # fmt: skip
        assert edited(start, command, scene) is start, command


def test_a_layout_takes_the_places_of_walls_with_it(scene: Scene, start: Setup):
    moved = run(scene, start, c.MoveWall(1, (9, 0, 9), 0, 2.0), c.MoveWall(2, (9, 0, 9), 0), c.HideWall(3))
    names = [layer.name for layer in scene.networks[0].graph.layers]
    walls = run(scene, moved, c.SetLayout("spiral")).networks[0].walls
    assert walls == {names[1]: WallChange(scale=2.0), names[3]: WallChange(hidden=True)}


def test_a_stroke_that_goes_on_stays_one(scene: Scene, start: Setup):
    first, more = ((0.1, 0.1),), ((0.1, 0.1), (0.5, 0.5))
    going = run(scene, start, c.Brush("paint", first, 0.1, done=False), c.Brush("paint", more, 0.1, done=False))
    assert len(going.networks[0].strokes) == 1
    ended = run(scene, going, c.Brush("paint", more, 0.1))
    twice = run(scene, ended, c.Brush("paint", first, 0.1))
    assert [s.points for s in twice.networks[0].strokes] == [more, first]
    picture = next(iter(scene.pictures))
    placed = run(scene, twice, c.PlacePicture(picture))
    assert placed.networks[0].picture == picture and placed.networks[0].strokes == ()


def test_objects_and_notes_share_their_numbers(scene: Scene, start: Setup):
    picture, one, two = next(iter(scene.pictures)), scene.new_id(), scene.new_id()
    made = run(scene, start, c.PinPicture(one, picture, POSE, 0.4), c.AddNote(two, "a word", POSE))
    with pytest.raises(WalkboxError, match="already something with the number"):
        edited(made, c.AddNote(one, "no", POSE), scene)
    moved = run(scene, made, c.MoveObject(one, POSE, 0.9), c.MoveObject(two, POSE, 0.8), c.EditNote(two, "words"))
    assert moved.objects[one].width_m == 0.9
    assert (moved.notes[two].width_m, moved.notes[two].text) == (0.8, "words")
    assert run(scene, moved, c.RemoveObject(one), c.RemoveNote(two)) == start


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (c.MoveWall(99, (0, 0, 0), 0), "no layer 99 .* 0 to 13"),
        (c.MoveWall(-1, (0, 0, 0), 0), "no layer -1"),
        (c.MoveWall(0, (0, math.nan, 0), 0), "nan.*finite"),
        (c.MoveWall(0, (0, 0, 0), 0, 0.0), "scale .* is 0; a number above 0"),
        (c.MoveWall(0, (0, 0, 0), 0, network=4), "no network 4; .* 0"),
        (c.PlaceBeside(1, 1), "itself"),
        (c.PlaceBeside(1, 70), "no layer 70"),
        (c.SetChannels(0, "men"), "Did you mean 'mean'"),
        (c.SetChannels(0, "similarity", like=1000), "no map 1000"),
        (c.SetChannels(0, page=7), "no page 7"),
        (c.SetLimits(0, 3.0, 3.0), "3 and 3; the second"),
        (c.SetLimits(0, None, 3.0), "None and 3.0"),
        (c.SetLimits(0, -math.inf, 3.0), "finite"),
        (c.SetLayout("liner"), "linear"),
        (c.SetDisplay("colormap", "magmo"), "magma"),
        (c.SetDisplay("colour", "magma"), "colormap"),
        (c.ChooseDepth(math.nan), "finite"),
        (c.PlacePicture(77), "no picture 77"),
        (c.PinPicture(1 << 33, 77, POSE, 1), "no picture 77"),
        (c.MoveObject(5, POSE, 1), "no picture or note 5"),
        (c.RemoveObject(5), "no picture 5"),
        (c.RemoveNote(5), "no note 5"),
        (c.EditNote(5, "x"), "no note 5"),
        (c.AddNote(5, " ", POSE), "empty"),
        (c.AddNote(5, "x", (0, 0, 0, 0, 0, 0, 3)), "unit quaternion"),
        (c.Brush("paint", (), 0.1), "without points"),
        (c.Brush("pain", ((0, 0),), 0.1), "Did you mean 'paint'"),
        (c.Brush("paint", ((0, 0),), -1), "radius"),
    ],
)
def test_wrong_ids_and_values(scene: Scene, start: Setup, command: c.Command, words: str):
    with pytest.raises(WalkboxError, match=words):
        edited(start, command, scene)


# -- any sequence ------------------------------------------------------------------------------------------------------


def commands(scene: Scene) -> st.SearchStrategy[c.Command]:
    layers = st.integers(0, len(scene.networks[0].graph.layers) - 1)
    number = st.floats(-50, 50, allow_nan=False)
    places = st.tuples(number, number, number)
    done = st.booleans()
    pictures, things = st.sampled_from(sorted(scene.pictures)), st.integers(1 << 32, (1 << 32) + 3)
    sizes = st.floats(0.1, 3)
    poses = places.map(lambda p: (*p, 0.0, 0.0, 0.0, 1.0))
    points = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(c.MoveWall, layers, places, number, sizes, done=done),
        st.builds(c.ResetWall, st.none() | layers),
        st.builds(c.AlignWall, layers),
        st.builds(c.PlaceBeside, layers, layers),
        st.builds(c.HideWall, layers, st.booleans()),
        st.builds(c.SetChannels, layers, st.sampled_from(["channel", "mean"]), dead=st.booleans()),
        st.builds(c.SetLimits, layers, st.floats(-3, 0), st.floats(1, 3), done=done),
        st.builds(c.SetLayout, st.sampled_from(["linear", "spiral"])),
        st.builds(c.SetDisplay, st.just("colormap"), st.sampled_from(["magma", "berlin", "nothing"])),
        st.builds(c.ChooseDepth, st.floats(0, 1)),
        st.builds(c.PlacePicture, pictures),
        st.builds(c.Brush, st.sampled_from(["paint", "erase"]), points, st.just(0.1), done=done),
        st.builds(c.PinPicture, things, pictures, poses, sizes),
        st.builds(c.MoveObject, things, poses, sizes, done),
        st.builds(c.RemoveObject, things),
        st.builds(c.AddNote, things, st.text(min_size=1), poses),
        st.builds(c.EditNote, things, st.text(min_size=1)),
        st.builds(c.RemoveNote, things),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_undoing_everything_leads_back_and_redoing_it_forth(scene: Scene, data: st.DataObject):
    history, start = History(), Setup({0: NetworkSetup()})
    setup = start
    changes = 0
    for command in data.draw(st.lists(commands(scene), max_size=40)):
        try:
            after = edited(setup, command, scene)
        except WalkboxError:
            continue
        if after != setup:
            changes += 1
            history.note(setup, said(command, scene), drag_of(command), ended=bool(getattr(command, "done", False)))
        setup = after
    end, steps = setup, 0
    while history.can_undo:
        words = history.can_undo
        step = history.undo(setup)
        assert step is not None and step[1] == words
        setup, steps = step[0], steps + 1
    assert setup == start and history.undo(setup) is None and steps <= changes
    for _ in range(steps):
        step = history.redo(setup)
        assert step is not None
        setup = step[0]
    assert setup == end and history.redo(setup) is None


def test_every_command_of_the_setup_can_be_told(scene: Scene):
    scene.setup = Setup({0: NetworkSetup()})
    values: dict[str, Any] = {
        "layer": 1, "other": 2, "position": (0, 0, 0), "yaw": 0, "layout": "spiral", "field": "colormap",
        "value": "magma", "depth": 0.1, "low": 0, "high": 1, "picture": 0, "object": 1, "pose": POSE, "width_m": 1,
        "note": 1, "text": "x", "tool": "paint", "points": ((0, 0),), "radius": 0.1,
    }  # fmt: skip
    told = 0
    for kind in map(c.__dict__.get, c.__all__):
        if not isinstance(kind, type) or not issubclass(kind, c.Command) or kind is c.Command:
            continue
        fields = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]
        if not set(fields) <= values.keys():
            continue
        command = kind(**{name: values[name] for name in fields})
        if can_edit(command):
            told += 1
            assert said(command, scene) and "{" not in said(command, scene)
            drag_of(command)
    assert told >= 20
    assert said(c.MoveWall(1, (0, 0, 0), 0), scene) == f"moved {scene.networks[0].graph.layers[1].name}"
    assert said(c.ResetWall(None), scene) == "put back all walls"


def test_drags_of_two_hands_are_two_steps(scene: Scene, start: Setup):
    history, setup = History(), start
    for step in range(5):
        for layer in (1, 2):
            command = c.MoveWall(layer, (step + 1.0, 0, 0), 0, done=step == 4)
            history.note(setup, said(command, scene), drag_of(command), ended=command.done)
            setup = edited(setup, command, scene)
    step = history.undo(setup)
    assert step is not None and history.undo(step[0]) == (start, "moved " + scene.networks[0].graph.layers[1].name)
    assert not history.can_undo


def test_history_is_bounded(start: Setup):
    history = History(most=10)
    setups = [dataclasses.replace(start, notes={}) for _ in range(30)]
    for setup in setups:
        history.note(setup, "x")
    count = 0
    while history.undo(start):
        count += 1
    assert count == 10


def test_default_views_are_not_kept(scene: Scene, start: Setup):
    name = scene.networks[0].graph.layers[1].name
    sorted_ = run(scene, start, c.SetChannels(1, "mean", page=0))
    assert sorted_.networks[0].channels == {name: ChannelView("mean", 0, True, 0)}
    assert run(scene, sorted_, c.SetChannels(1)) == start
