"""Every command goes through JSON and comes back equal; what is wrong is named."""

from __future__ import annotations

import json
import types
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkbox.commands import Command, MoveWall, SetDisplay, SetScale, Undo
from walkbox.commands_json import command_classes, from_json, to_json
from walkbox.errors import UsageError


def values(hint: Any) -> st.SearchStrategy[Any]:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return st.one_of(*map(values, typing.get_args(hint)))
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)
        if inner[-1] is Ellipsis:
            return st.lists(values(inner[0]), max_size=4).map(tuple)
        return st.tuples(*map(values, inner))
    plain = {int: st.integers(), float: st.floats(allow_nan=False), str: st.text(), bool: st.booleans()}
    return st.none() if hint is type(None) else plain[hint]


def test_every_subclass_is_known():
    # By name: a dataclass with slots is made anew, and the class it was made of stays among the subclasses for a while.
    assert set(command_classes()) == {kind.__name__ for kind in Command.__subclasses__()}
    assert len(command_classes()) > 45


@pytest.mark.parametrize("name", sorted(command_classes()))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_there_and_back(name: str, data: st.DataObject):
    kind = command_classes()[name]
    hints = typing.get_type_hints(kind)
    command = kind(**{n: data.draw(values(hints[n])) for n in kind.__dataclass_fields__})
    again = from_json(json.loads(json.dumps(to_json(command))))
    assert again == command and type(again) is kind
    assert [type(getattr(again, n)) for n in hints] == [type(getattr(command, n)) for n in hints]


def test_defaults_are_left_out_and_whole_numbers_become_floats():
    assert to_json(Undo()) == {"do": "Undo"}
    assert to_json(MoveWall(3, (1.0, 2.0, 3.0), 0.5)) == {
        "do": "MoveWall", "layer": 3, "position": [1.0, 2.0, 3.0], "yaw": 0.5,
    }  # fmt: skip
    read = from_json({"do": "SetScale", "scale": 2})
    assert read == SetScale(2.0) and type(read.scale) is float  # type: ignore[attr-defined]
    assert from_json({"do": "SetDisplay", "field": "x", "value": True}) == SetDisplay("x", True)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "an object with 'do'"),
        ({}, "no command None"),
        ({"do": "MoveWal"}, "Did you mean 'MoveWall'"),
        ({"do": "Command"}, "no command 'Command'"),
        ({"do": "Pose"}, "no command 'Pose'"),
        ({"do": "SetScale"}, "lacks 'scale'"),
        ({"do": "SetScale", "scale": 1.0, "scales": 2}, "no field 'scales'. Did you mean 'scale'"),
        ({"do": "SetScale", "scale": "2"}, "SetScale.scale is '2'; float was expected"),
        ({"do": "SetScale", "scale": True}, "float was expected"),
        ({"do": "MoveWall", "layer": 1.5, "position": [0, 0, 0], "yaw": 0}, "int was expected"),
        ({"do": "MoveWall", "layer": 1, "position": [0, 0], "yaw": 0}, "position is .*tuple"),
        ({"do": "MoveWall", "layer": 1, "position": [0, 0, "a"], "yaw": 0}, "position is"),
        ({"do": "SetScale", "scale": 10**400}, "float was expected"),
    ],
)
def test_what_is_wrong_is_named(document: Any, words: str):
    with pytest.raises(UsageError, match=words):
        from_json(document)
