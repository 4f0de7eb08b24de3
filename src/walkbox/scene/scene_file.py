"""A setup as a document of plain data, and back: what a scene file says. Pure, no file is touched here.

Whatever a document says that cannot be used becomes a problem in words and is left out; the rest is used. Only the
version and the tables that this module knows count, so a newer file is read as far as it is understood.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from walkbox.brush import BRUSHES, Stroke
from walkbox.commands import Pose
from walkbox.errors import SettingsError, WalkboxError
from walkbox.graph import DETAILS, Detail
from walkbox.layout import check_layout
from walkbox.scene.channels import SORTS, ChannelView
from walkbox.scene.display import Display
from walkbox.scene.setup import NetworkSetup, Note, Pinned, Setup, WallChange
from walkbox.toml_text import Inline

__all__ = ["VERSION", "Kept", "Model", "NoiseRecipe", "PictureRef", "Stand", "document_of", "kept_of"]

VERSION = 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Model:
    """What the scene was arranged for.

    Attributes:
        target: how the model is named on the command line, a file as seen from the scene file.
        title: of the model.
        weights: SHA-256 of the weights, empty where it was not known.
    """

    target: str = ""
    title: str = ""
    weights: str = ""


@dataclass(frozen=True, slots=True)
class NoiseRecipe:
    """How a picture of noise is made: as :class:`walkbox.commands.MakeNoise`."""

    kind: str
    seed: int
    size_px: tuple[int, int]
    colour: bool


@dataclass(frozen=True, slots=True)
class PictureRef:
    """Where a picture comes from; the first of these that leads to one is taken.

    Attributes:
        name, label: of the picture.
        file: a path as seen from the scene file, or empty.
        entry: its number in the data set, or None.
        noise: how to make it, or None.
        pixels: a PNG of its pixels, beside the scene file, for one that exists nowhere else; or empty.
    """

    name: str = ""
    label: str = ""
    file: str = ""
    entry: int | None = None
    noise: NoiseRecipe | None = None
    pixels: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one stands: ``position`` on the floor, metres; ``yaw`` and ``pitch``, radians; ``scale`` of the person."""

    position: tuple[float, float, float]
    yaw: float
    pitch: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class Kept:
    """All that a scene file keeps.

    Attributes:
        setup: what is arranged.
        model: what it was arranged for.
        stand: where one stood, or None.
        pictures: where the pictures that the setup names come from, by id.
    """

    setup: Setup = field(default_factory=Setup)
    model: Model = field(default_factory=Model)
    stand: Stand | None = None
    pictures: Mapping[int, PictureRef] = field(default_factory=dict)


# -- writing --------------------------------------------------------------------------------------------------------


def document_of(kept: Kept) -> dict[str, Any]:
    """The document; what is as it is without a scene file is left out."""
    document: dict[str, Any] = {"version": VERSION, "model": _filled(dataclasses.asdict(kept.model))}
    if kept.stand is not None:
        document["stand"] = dataclasses.asdict(kept.stand)
    document["network"] = {str(number): _network(one) for number, one in kept.setup.networks.items()}
    document["picture"] = {str(number): _picture(ref) for number, ref in kept.pictures.items()}
    document["object"] = {str(number): dataclasses.asdict(o) for number, o in kept.setup.objects.items()}
    document["note"] = {str(number): dataclasses.asdict(n) for number, n in kept.setup.notes.items()}
    return {key: value for key, value in document.items() if value != {}}


def _filled(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if value not in ("", None)}


def _network(one: NetworkSetup) -> dict[str, Any]:
    plain = NetworkSetup()
    found: dict[str, Any] = {"layout": one.layout, "detail": one.detail}
    if one.picture is not None:
        found["picture"] = one.picture
    if one.depth != plain.depth:
        found["depth"] = one.depth
    for name in ("opened", "closed"):
        if getattr(one, name):
            found[name] = sorted(getattr(one, name))
    found["display"] = _changes(one.display, Display())
    found["walls"] = {name: Inline(_changes(wall, WallChange())) for name, wall in one.walls.items()}
    found["channels"] = {name: Inline(_changes(view, ChannelView())) for name, view in one.channels.items()}
    found["limits"] = {name: list(ends) for name, ends in one.limits.items()}
    found["strokes"] = [{k: v for k, v in dataclasses.asdict(s).items() if k != "done"} for s in one.strokes]
    return {key: value for key, value in found.items() if value not in ({}, [])}


def _changes(value: Any, plain: Any) -> dict[str, Any]:
    """Fields that are not the default."""
    return {
        f.name: getattr(value, f.name)
        for f in dataclasses.fields(value)
        if getattr(value, f.name) != getattr(plain, f.name)
    }


def _picture(ref: PictureRef) -> dict[str, Any]:
    found = _filled(dataclasses.asdict(ref))
    if ref.noise is not None:
        found["noise"] = Inline(dataclasses.asdict(ref.noise))
    return found


# -- reading --------------------------------------------------------------------------------------------------------


class _Wrong(Exception):
    """A value that cannot be used; says what it is and what was expected."""


def kept_of(document: Mapping[str, Any]) -> tuple[Kept, list[str]]:
    """What a document keeps, and a sentence about each part of it that could not be used. Never raises."""
    reader = _Reader()
    version = document.get("version")
    if type(version) is not int or version < 1:
        reader.problems.append(f"its version is {version!r}; {VERSION} was expected.")
    elif version > VERSION:
        reader.problems.append(
            f"it is of version {version}, from a newer walkbox; this one knows version {VERSION} and uses what it can."
        )
    known = ("walkbox", "version", "model", "stand", "network", "picture", "object", "note")
    for key in document:
        if key not in known:
            reader.problems.append(f"there is no {key!r} in a scene.")
    model = reader.read(document, "model", lambda v: Model(**_strings(v, "target", "title", "weights"))) or Model()
    stand = reader.read(document, "stand", _stand)
    networks = {
        number: reader.network(f"network.{number}", one) for number, one in reader.numbered(document, "network")
    }
    pictures = dict(reader.each(document, "picture", _picture_ref))
    objects = dict(reader.each(document, "object", _pinned))
    notes = dict(reader.each(document, "note", _note))
    for number in objects.keys() & notes.keys():
        reader.problems.append(f"note {number} has the number of a picture in the air.")
        del notes[number]
    return Kept(Setup(networks, objects, notes), model, stand, pictures), reader.problems


class _Reader:
    """Reads tables and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def read(self, table: Mapping[str, Any], key: str, make: Callable[[Any], T], where: str = "") -> T | None:
        """What *make* makes of an entry; None where there is none, or where it is wrong."""
        if key not in table:
            return None
        try:
            return make(table[key])
        except (_Wrong, WalkboxError) as error:
            self.problems.append(f"{where}{key}: {error}")
            return None

    def table(self, table: Mapping[str, Any], key: str, where: str = "") -> Mapping[str, Any]:
        """A table in a table, empty where there is none."""
        return self.read(table, key, _table, where) or {}

    def numbered(self, document: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Tables whose names are numbers."""
        for name, value in self.table(document, key).items():
            if not name.isascii() or not name.isdigit() or len(name) > 18:
                self.problems.append(f"{key}.{name}: a number was expected in place of {name!r}.")
            elif not isinstance(value, Mapping):
                self.problems.append(f"{key}.{name} is {_shown(value)}; a table was expected.")
            else:
                yield int(name), value

    def each(
        self, document: Mapping[str, Any], key: str, make: Callable[[Mapping[str, Any]], T]
    ) -> Iterator[tuple[int, T]]:
        """Numbered entries that are right."""
        for number, value in self.numbered(document, key):
            made = self.read({str(number): value}, str(number), make, f"{key}.")
            if made is not None:
                yield number, made

    def named(self, table: Mapping[str, Any], key: str, make: Callable[[Any], T], where: str) -> dict[str, T]:
        """Entries of layers that are right."""
        entries = self.table(table, key, where)
        made = {name: self.read(entries, name, make, f"{where}{key}.") for name in entries}
        return {name: value for name, value in made.items() if value is not None}

    def network(self, name: str, table: Mapping[str, Any]) -> NetworkSetup:
        """One network."""
        where = f"{name}."
        plain = NetworkSetup()
        known = [f.name for f in dataclasses.fields(NetworkSetup)]
        for key in table:
            if key not in known:
                self.problems.append(f"{where}{key}: a network has no such entry.")
        display = plain.display
        for key, value in self.table(table, "display", where).items():
            try:
                display = display.replace(**{key: value})
            except (SettingsError, TypeError) as error:
                self.problems.append(f"{where}display.{key}: {error}")
        strokes = self.read(table, "strokes", _list, where) or []
        read = [self.read({"stroke": s}, "stroke", _stroke, f"{where}strokes, ") for s in strokes]
        depth = self.read(table, "depth", lambda v: _number(v, 0.0, 1.0), where)
        return NetworkSetup(
            layout=self.read(table, "layout", _layout, where) or plain.layout,
            detail=self.read(table, "detail", _detail, where) or plain.detail,
            opened=self.read(table, "opened", _names, where) or frozenset(),
            closed=self.read(table, "closed", _names, where) or frozenset(),
            display=display,
            walls=self.named(table, "walls", _wall, where),
            channels=self.named(table, "channels", _view, where),
            limits=self.named(table, "limits", _limits, where),
            picture=self.read(table, "picture", _id, where),
            strokes=tuple(stroke for stroke in read if stroke is not None),
            depth=plain.depth if depth is None else depth,
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _expect(good: bool, value: Any, expected: str) -> None:
    if not good:
        raise _Wrong(f"{_shown(value)} was found; {expected} was expected.")


def _table(value: Any) -> Mapping[str, Any]:
    _expect(isinstance(value, Mapping), value, "a table")
    return value


def _only(value: Any, *names: str) -> Mapping[str, Any]:
    """A table that has no other entries."""
    for name in _table(value):
        _expect(name in names, name, " or ".join(names))
    return value


def _list(value: Any) -> list[Any]:
    _expect(isinstance(value, list), value, "a list")
    return value


def _number(value: Any, low: float = -1e9, high: float = 1e9) -> float:
    good = type(value) in (int, float) and math.isfinite(value) and low <= value <= high
    _expect(good, value, f"a number from {low:g} to {high:g}")
    return float(value)


def _numbers(value: Any, count: int) -> tuple[float, ...]:
    _expect(isinstance(value, list) and len(value) == count, value, f"a list of {count} numbers")
    return tuple(_number(n) for n in value)


def _point(value: Any) -> tuple[float, float, float]:
    x, y, z = _numbers(value, 3)
    return x, y, z


def _pose(value: Any) -> Pose:
    numbers = _numbers(value, 7)
    _expect(abs(math.hypot(*numbers[3:]) - 1) < 0.1, value, "x, y, z and a unit quaternion x, y, z, w")
    return cast("Pose", numbers)


def _whole(value: Any, low: int = -(1 << 62), high: int = 1 << 62) -> int:
    _expect(type(value) is int and low <= value <= high, value, f"a whole number from {low} on")
    return value


def _id(value: Any) -> int:
    return _whole(value, 0)


def _switch(value: Any) -> bool:
    _expect(isinstance(value, bool), value, "true or false")
    return value


def _string(value: Any) -> str:
    _expect(isinstance(value, str), value, "a text")
    return value


def _strings(value: Any, *names: str) -> dict[str, str]:
    return {name: _string(text) for name, text in _only(value, *names).items()}


def _names(value: Any) -> frozenset[str]:
    return frozenset(_string(name) for name in _list(value))


def _one_of(value: Any, choices: tuple[str, ...]) -> str:
    _expect(value in choices, value, ", ".join(choices))
    return value


def _layout(value: Any) -> str:
    check_layout(_string(value))
    return value


def _detail(value: Any) -> Detail:
    return cast("Detail", _one_of(value, DETAILS))


def _wall(value: Any) -> WallChange:
    table = _only(value, "position", "yaw", "scale", "hidden")
    return WallChange(
        _point(table["position"]) if "position" in table else None,
        _number(table["yaw"]) if "yaw" in table else None,
        _number(table.get("scale", 1.0), 1e-3, 1e3),
        _switch(table.get("hidden", False)),
    )


def _view(value: Any) -> ChannelView:
    table = _only(value, "sort", "like", "dead", "page")
    return ChannelView(
        _one_of(table.get("sort", "channel"), SORTS),
        _id(table.get("like", 0)),
        _switch(table.get("dead", True)),
        _whole(table.get("page", -1), -1),
    )


def _limits(value: Any) -> tuple[float, float]:
    low, high = _limit_numbers(value)
    _expect(low < high, value, "the smaller number first")
    return low, high


def _limit_numbers(value: Any) -> tuple[float, float]:
    _expect(isinstance(value, list) and len(value) == 2, value, "a list of 2 numbers")
    return _number(value[0], -3.5e38, 3.5e38), _number(value[1], -3.5e38, 3.5e38)


def _stroke(value: Any) -> Stroke:
    table = _only(value, "tool", "points", "radius", "colour")
    points = [_numbers(point, 2) for point in _list(table.get("points"))]
    _expect(bool(points), points, "at least one point")
    colour = _list(table.get("colour"))
    _expect(len(colour) == 3, colour, "red, green and blue")
    red, green, blue = (_whole(n, 0, 255) for n in colour)
    pairs = tuple((u, v) for u, v in points)
    return Stroke(_one_of(table.get("tool"), BRUSHES), pairs, _number(table.get("radius"), 1e-6), (red, green, blue))


def _stand(value: Any) -> Stand:
    table = _only(value, "position", "yaw", "pitch", "scale")
    return Stand(
        _point(table.get("position")),
        _number(table.get("yaw")),
        _number(table.get("pitch", 0.0), -2, 2),
        _number(table.get("scale", 1.0), 1e-3, 1e3),
    )


def _picture_ref(value: Any) -> PictureRef:
    table = _only(value, "name", "label", "file", "entry", "noise", "pixels")
    noise = table.get("noise")
    texts = {key: _string(table.get(key, "")) for key in ("name", "label", "file", "pixels")}
    entry = _id(table["entry"]) if "entry" in table else None
    return PictureRef(**texts, entry=entry, noise=None if noise is None else _noise(noise))


def _noise(value: Any) -> NoiseRecipe:
    table = _only(value, "kind", "seed", "size_px", "colour")
    size = _list(table.get("size_px"))
    _expect(len(size) == 2, size, "width and height")
    width, height = (_whole(n, 1, 1 << 14) for n in size)
    return NoiseRecipe(
        _string(table.get("kind")), _id(table.get("seed")), (width, height), _switch(table.get("colour", True))
    )


def _pinned(value: Any) -> Pinned:
    table = _only(value, "picture", "pose", "width_m")
    return Pinned(_id(table.get("picture")), _pose(table.get("pose")), _number(table.get("width_m"), 1e-3, 1e3))


def _note(value: Any) -> Note:
    table = _only(value, "text", "pose", "width_m")
    text = _string(table.get("text"))
    _expect(bool(text.strip()), text, "a word or more")
    return Note(text, _pose(table.get("pose")), _number(table.get("width_m", 0.6), 1e-3, 1e3))
