"""What each command changes in a :class:`~walkbox.scene.setup.Setup`. Pure: nothing is changed in place.

A command that can be undone has one function here, under :func:`_edits`, which makes a new setup of an old one. The
decorator also says how a notice of "Undone: ..." goes on. ``walkbox.app.arranging`` brings networks and engine to the
new setup.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from walkbox import commands as c
from walkbox.brush import BRUSHES
from walkbox.errors import PictureError, UsageError, nearest
from walkbox.graph import Layer
from walkbox.layout import check_layout
from walkbox.scene.channels import PAGE, SORTS, ChannelView
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene
from walkbox.scene.setup import NetworkSetup, Note, Pinned, Setup, Stroke, WallChange

__all__ = ["can_edit", "drag_of", "edited", "said"]

BESIDE_M = 0.6
"""Between two walls that were placed beside each other."""

GRID_M = 0.5
EIGHTH = math.pi / 4

Value = TypeVar("Value")
Edit = Callable[[Setup, Any, Scene], Setup]


@dataclass(frozen=True, slots=True)
class _Entry:
    """How a command edits.

    Attributes:
        edit: makes the new setup.
        says: what was done, in the past tense, with ``{layer}``, ``{other}``, ``{picture}`` or a field of the command.
        slides: names of the fields that say what is changed again and again by a slider without an end; a command with
            ``done`` needs none.
    """

    edit: Edit
    says: str
    slides: tuple[str, ...] = ()


_ENTRIES: dict[type[c.Command], _Entry] = {}


def _edits(command: type[c.Command], says: str, *, slides: tuple[str, ...] = ()) -> Callable[[Edit], Edit]:
    """Decorator: this function is what a command changes."""

    def keep(edit: Edit) -> Edit:
        _ENTRIES[command] = _Entry(edit, says, slides)
        return edit

    return keep


def can_edit(command: c.Command) -> bool:
    """Whether a command changes the setup, and so can be undone."""
    return type(command) in _ENTRIES


def edited(setup: Setup, command: c.Command, scene: Scene) -> Setup:
    """The setup after a command.

    Args:
        setup: before it.
        command: one that :func:`can_edit`.
        scene: where ids of layers and pictures are looked up, and where the layout has the walls; it is not changed.

    Raises:
        WalkboxError: an id that does not exist, or a value that is not allowed.
    """
    return _ENTRIES[type(command)].edit(setup, command, scene)


def said(command: c.Command, scene: Scene) -> str:
    """What a command did, for a notice: ``moved layer1.0.conv1``."""
    words = {field.name: getattr(command, field.name) for field in dataclasses.fields(command)}
    network = scene.networks.get(words.get("network", 0))
    for key in ("layer", "other"):
        if key in words:
            layers = network.graph.layers if network is not None else ()
            number = words[key]
            words[key] = layers[number].name if isinstance(number, int) and number < len(layers) else "all walls"
    words["picture"] = _picture_name(scene, words.get("picture", -1))
    return _ENTRIES[type(command)].says.format_map(words)


def _picture_name(scene: Scene, number: int) -> str:
    picture = scene.pictures.get(number)
    if picture is not None:
        return picture.name
    return scene.shelf.name(number) if 0 <= number < len(scene.shelf.catalogue) else "a picture"


def drag_of(command: c.Command) -> Hashable | None:
    """What a command of a drag or a slider changes: those with an equal answer, one after the other, are undone
    together. None for a command that stands alone.
    """
    entry = _ENTRIES[type(command)]
    if entry.slides:
        return (type(command), *(getattr(command, name) for name in entry.slides))
    if not hasattr(command, "done"):
        return None
    names = ("network", "layer", "object")
    return (type(command), *(getattr(command, name) for name in names if hasattr(command, name)))


# -- looking up -----------------------------------------------------------------------------------------------------


def _network(setup: Setup, scene: Scene, number: int) -> tuple[NetworkSetup, Network]:
    if number not in setup.networks or number not in scene.networks:
        known = ", ".join(map(str, scene.networks)) or "none yet"
        raise UsageError(f"There is no network {number}; those in the scene are: {known}.")
    return setup.networks[number], scene.networks[number]


def _layer(network: Network, number: int) -> Layer:
    count = len(network.graph.layers)
    if not isinstance(number, int) or not 0 <= number < count:
        raise UsageError(f"There is no layer {number} in {network.title}; a number from 0 to {count - 1} was expected.")
    return network.graph.layers[number]


def _at(setup: Setup, scene: Scene, command: Any) -> tuple[NetworkSetup, Network, Layer]:
    """Network and layer that a command is about."""
    one, network = _network(setup, scene, command.network)
    return one, network, _layer(network, command.layer)


def _finite(what: str, *numbers: float) -> None:
    if not all(isinstance(n, (int, float)) and math.isfinite(n) for n in numbers):
        raise UsageError(f"{what} is {', '.join(map(str, numbers))}; finite numbers were expected.")


def _positive(what: str, number: float) -> None:
    _finite(what, number)
    if number <= 0:
        raise UsageError(f"{what} is {number:g}; a number above 0 was expected.")


# -- new from old ---------------------------------------------------------------------------------------------------


def _changed(setup: Setup, network: int, **changes: Any) -> Setup:
    """A setup in which one network is another; the same one when nothing changes."""
    before = setup.networks[network]
    after = dataclasses.replace(before, **changes)
    return setup if after == before else dataclasses.replace(setup, networks={**setup.networks, network: after})


def _put(mapping: Mapping[str, Value], name: str, value: Value | None) -> dict[str, Value]:
    """A mapping with one entry changed, or without it where the value is None."""
    rest = {key: kept for key, kept in mapping.items() if key != name}
    return rest if value is None else {**rest, name: value}


def _without(mapping: Mapping[int, Value], key: int) -> dict[int, Value]:
    return {number: kept for number, kept in mapping.items() if number != key}


def _wall(setup: Setup, command: Any, name: str, change: WallChange) -> Setup:
    """A setup in which one wall stands otherwise."""
    walls = _put(setup.networks[command.network].walls, name, None if change == WallChange() else change)
    return _changed(setup, command.network, walls=walls)


# -- walls ----------------------------------------------------------------------------------------------------------


@_edits(c.MoveWall, "moved {layer}")
def _move_wall(setup: Setup, command: c.MoveWall, scene: Scene) -> Setup:
    one, _, layer = _at(setup, scene, command)
    _finite(f"The place of {layer.name}", *command.position, command.yaw)
    _positive(f"The scale of {layer.name}", command.scale)
    x, y, z = map(float, command.position)
    hidden = one.walls.get(layer.name, WallChange()).hidden
    return _wall(setup, command, layer.name, WallChange((x, y, z), float(command.yaw), float(command.scale), hidden))


@_edits(c.ResetWall, "put back {layer}")
def _reset_wall(setup: Setup, command: c.ResetWall, scene: Scene) -> Setup:
    if command.layer is None:
        _network(setup, scene, command.network)
        return _changed(setup, command.network, walls={})
    _, _, layer = _at(setup, scene, command)
    return _wall(setup, command, layer.name, WallChange())


@_edits(c.AlignWall, "aligned {layer}")
def _align_wall(setup: Setup, command: c.AlignWall, scene: Scene) -> Setup:
    one, network, layer = _at(setup, scene, command)
    change = one.walls.get(layer.name, WallChange())
    (x, _, z), yaw, _ = _stands(one, network, layer)
    usual = float(network.base.position[layer.id, 1])
    position = (round(x / GRID_M) * GRID_M, usual, round(z / GRID_M) * GRID_M)
    turned = math.remainder(round(yaw / EIGHTH) * EIGHTH, math.tau)
    return _wall(setup, command, layer.name, dataclasses.replace(change, position=position, yaw=turned))


@_edits(c.PlaceBeside, "placed {layer} beside {other}")
def _place_beside(setup: Setup, command: c.PlaceBeside, scene: Scene) -> Setup:
    one, network, layer = _at(setup, scene, command)
    other = _layer(network, command.other)
    if other.id == layer.id:
        raise UsageError(f"{layer.name} cannot stand beside itself; another layer was expected.")
    change = one.walls.get(layer.name, WallChange())
    (x, y, z), yaw, scale = _stands(one, network, other)
    widths = float(network.base.size[other.id, 0]) * scale, float(network.base.size[layer.id, 0]) * change.scale
    apart = sum(widths) / 2 + BESIDE_M
    position = (x + math.cos(yaw) * apart, y, z - math.sin(yaw) * apart)  # to the right of who reads the other one
    return _wall(setup, command, layer.name, dataclasses.replace(change, position=position, yaw=yaw, hidden=False))


@_edits(c.HideWall, "hid or showed {layer}")
def _hide_wall(setup: Setup, command: c.HideWall, scene: Scene) -> Setup:
    one, _, layer = _at(setup, scene, command)
    change = one.walls.get(layer.name, WallChange())
    return _wall(setup, command, layer.name, dataclasses.replace(change, hidden=bool(command.hidden)))


def _stands(one: NetworkSetup, network: Network, layer: Layer) -> tuple[tuple[float, float, float], float, float]:
    """Position, yaw and scale of a wall as it stands, network frame."""
    change, laid = one.walls.get(layer.name, WallChange()), network.base
    x, y, z = change.position or laid.position[layer.id].tolist()
    return (x, y, z), float(laid.yaw[layer.id]) if change.yaw is None else change.yaw, change.scale


# -- blocks and layout ----------------------------------------------------------------------------------------------


@_edits(c.OpenBlock, "opened {layer}")
def _open_block(setup: Setup, command: c.OpenBlock, scene: Scene) -> Setup:
    one, network, layer = _at(setup, scene, command)
    if layer.module in one.closed:
        return _changed(setup, command.network, closed=one.closed - {layer.module})
    return _changed(setup, command.network, opened=one.opened | {network.graph.module_to_open(layer.id)})


@_edits(c.CloseBlock, "closed the block of {layer}")
def _close_block(setup: Setup, command: c.CloseBlock, scene: Scene) -> Setup:
    one, network, layer = _at(setup, scene, command)
    above = layer.module
    while above and above not in one.opened:
        above = above.rpartition(".")[0]
    if above in one.opened:
        return _changed(setup, command.network, opened=one.opened - {above})
    return _changed(setup, command.network, closed=one.closed | {network.graph.module_to_close(layer.id)})


@_edits(c.SetLayout, "layout {layout}")
def _set_layout(setup: Setup, command: c.SetLayout, scene: Scene) -> Setup:
    """Places of walls are places in the layout, so they go with it; scales stay, and so does what is hidden."""
    one, _ = _network(setup, scene, command.network)
    check_layout(command.layout)
    if one.layout == command.layout:
        return setup
    walls = {name: WallChange(scale=w.scale, hidden=w.hidden) for name, w in one.walls.items()}
    walls = {name: change for name, change in walls.items() if change != WallChange()}
    return _changed(setup, command.network, layout=command.layout, walls=walls)


@_edits(c.ChooseDepth, "depth of the volumes", slides=("network",))
def _choose_depth(setup: Setup, command: c.ChooseDepth, scene: Scene) -> Setup:
    _network(setup, scene, command.network)
    _finite("The depth", command.depth)
    return _changed(setup, command.network, depth=min(max(float(command.depth), 0.0), 1.0))


# -- values and colours ---------------------------------------------------------------------------------------------


@_edits(c.SetDisplay, "{field} {value}", slides=("network", "field"))
def _set_display(setup: Setup, command: c.SetDisplay, scene: Scene) -> Setup:
    one, _ = _network(setup, scene, command.network)
    return _changed(setup, command.network, display=one.display.replace(**{command.field: str(command.value)}))


@_edits(c.SetChannels, "channels of {layer}")
def _set_channels(setup: Setup, command: c.SetChannels, scene: Scene) -> Setup:
    one, _, layer = _at(setup, scene, command)
    if command.sort not in SORTS:
        hint = nearest(str(command.sort), SORTS)
        raise UsageError(f"Maps cannot be sorted by {command.sort!r}. {hint} They can by: {', '.join(SORTS)}.")
    count = layer.maps.count
    if command.sort == "similarity" and not 0 <= command.like < count:
        raise UsageError(f"{layer.name} has no map {command.like}; a number from 0 to {count - 1} was expected.")
    last = max(count - 1, 0) // PAGE
    if not -1 <= command.page <= last:
        raise UsageError(f"{layer.name} has no page {command.page}; -1 (all maps) to {last} was expected.")
    view = ChannelView(command.sort, command.like, bool(command.dead), command.page)
    channels = _put(one.channels, layer.name, None if view == ChannelView() else view)
    return _changed(setup, command.network, channels=channels)


@_edits(c.SetLimits, "colour limits of {layer}")
def _set_limits(setup: Setup, command: c.SetLimits, scene: Scene) -> Setup:
    one, _, layer = _at(setup, scene, command)
    low, high = command.low, command.high
    if low is None and high is None:
        return _changed(setup, command.network, limits=_put(one.limits, layer.name, None))
    if low is None or high is None:
        raise UsageError(f"The limits of {layer.name} are {low} and {high}; two numbers, or twice None, were expected.")
    _finite(f"A limit of {layer.name}", low, high)
    if low >= high:
        raise UsageError(
            f"The limits of {layer.name} are {low:g} and {high:g}; the second was expected to be the larger."
        )
    return _changed(setup, command.network, limits=_put(one.limits, layer.name, (float(low), float(high))))


# -- pictures -------------------------------------------------------------------------------------------------------


def _check_picture(scene: Scene, number: int) -> None:
    if not scene.has_picture(number):
        raise PictureError(
            f"There is no picture {number}. The shelf has {scene.shelf.total:,}, and what was made may be gone by now."
        )


@_edits(c.PlacePicture, "placed {picture}")
def _place_picture(setup: Setup, command: c.PlacePicture, scene: Scene) -> Setup:
    _network(setup, scene, command.network)
    _check_picture(scene, command.picture)
    return _changed(setup, command.network, picture=command.picture, strokes=())


@_edits(c.Brush, "a stroke of {tool}")
def _brush(setup: Setup, command: c.Brush, scene: Scene) -> Setup:
    one, _ = _network(setup, scene, command.network)
    if command.tool not in BRUSHES:
        hint = nearest(str(command.tool), BRUSHES)
        raise UsageError(f"There is no brush {command.tool!r}. {hint} The brushes are: {', '.join(BRUSHES)}.")
    if not command.points:
        raise UsageError("A stroke without points; at least one was expected.")
    for point in command.points:
        _finite("A point of a stroke", *point)
    _positive("The radius of a brush", command.radius)
    done = one.strokes if not one.strokes or one.strokes[-1].done else one.strokes[:-1]
    stroke = Stroke(command.tool, command.points, command.radius, command.colour, command.done)
    return _changed(setup, command.network, strokes=(*done, stroke))


@_edits(c.PinPicture, "pinned {picture}")
def _pin_picture(setup: Setup, command: c.PinPicture, scene: Scene) -> Setup:
    _check_picture(scene, command.picture)
    _check_new(setup, command.object)
    pinned = Pinned(command.picture, _pose(command.pose), _width(command.width_m))
    return dataclasses.replace(setup, objects={**setup.objects, command.object: pinned})


@_edits(c.MoveObject, "moved what hangs in the air")
def _move_object(setup: Setup, command: c.MoveObject, scene: Scene) -> Setup:
    pose, width_m = _pose(command.pose), _width(command.width_m)
    if command.object in setup.notes:
        note = dataclasses.replace(setup.notes[command.object], pose=pose, width_m=width_m)
        return dataclasses.replace(setup, notes={**setup.notes, command.object: note})
    _check_object(setup.objects, command.object, "picture or note")
    pinned = dataclasses.replace(setup.objects[command.object], pose=pose, width_m=width_m)
    return dataclasses.replace(setup, objects={**setup.objects, command.object: pinned})


@_edits(c.RemoveObject, "took a picture out of the air")
def _remove_object(setup: Setup, command: c.RemoveObject, scene: Scene) -> Setup:
    _check_object(setup.objects, command.object, "picture")
    return dataclasses.replace(setup, objects=_without(setup.objects, command.object))


def _check_new(setup: Setup, number: int) -> None:
    if number in setup.objects or number in setup.notes:
        raise UsageError(f"There is already something with the number {number} in the air; a new one was expected.")


def _check_object(known: Mapping[int, Any], number: int, what: str) -> None:
    if number not in known:
        raise UsageError(f"There is no {what} {number} in the air; {len(known)} hang there. It may be gone by now.")


def _pose(pose: c.Pose) -> c.Pose:
    _finite("A pose", *pose)
    length = math.sqrt(sum(n * n for n in pose[3:])) if len(pose) == 7 else 0.0
    if not 0.9 < length < 1.1:
        raise UsageError(f"A pose is {pose}; x, y, z and a unit quaternion x, y, z, w were expected.")
    x, y, z, i, j, k, w = map(float, pose)
    return (x, y, z, i, j, k, w)


def _width(width_m: float) -> float:
    _positive("A width", width_m)
    return float(width_m)


# -- notes ----------------------------------------------------------------------------------------------------------


@_edits(c.AddNote, "added a note")
def _add_note(setup: Setup, command: c.AddNote, scene: Scene) -> Setup:
    _check_new(setup, command.note)
    return dataclasses.replace(setup, notes={**setup.notes, command.note: Note(_text(command), _pose(command.pose))})


@_edits(c.EditNote, "changed a note")
def _edit_note(setup: Setup, command: c.EditNote, scene: Scene) -> Setup:
    _check_object(setup.notes, command.note, "note")
    note = dataclasses.replace(setup.notes[command.note], text=_text(command))
    return dataclasses.replace(setup, notes={**setup.notes, command.note: note})


@_edits(c.RemoveNote, "removed a note")
def _remove_note(setup: Setup, command: c.RemoveNote, scene: Scene) -> Setup:
    _check_object(setup.notes, command.note, "note")
    return dataclasses.replace(setup, notes=_without(setup.notes, command.note))


def _text(command: c.AddNote | c.EditNote) -> str:
    if not command.text.strip():
        raise UsageError("The text of a note is empty; a word or more were expected.")
    return command.text
