"""Pointing: rays to commands, one code for the mouse, a gaze and both hands.

A press and release on the spot acts on what it met. A press that moves on takes what it met along: a picture (of the
shelf a copy, of a map a picture of it), or a wall by its handle. With another tool than the hand it paints on the
picture in the input frame, or cuts a part out of a picture. A hand that squeezes takes things into its fist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.commands import Command, JumpToLayer, PlacePicture, ScrollShelf, SelectMap, SelectNote, ShowPanel
from walkbox.inputs import Input, Pointer
from walkbox.interaction.carrying import CARRIABLE, Carrying
from walkbox.interaction.hands import CLICK_RAD
from walkbox.interaction.painting import Cut, Stroke
from walkbox.interaction.wall_grip import WallGrip, wheeled
from walkbox.scene.picking import Hit, pick_all
from walkbox.scene.scene import PictureQuad, Scene

__all__ = ["Pointing"]

DOUBLE_S = 0.4
"""Two clicks on one layer within this time are a double click."""

CARRY_RAD = {"mouse": 0.02}
"""A ray that turns farther than this from where it pressed something takes it along; a hand's, than any click does."""

MAP_TIMES = 3
"""It has to turn so many times as far to take a picture of a map: maps are everywhere, and mostly clicked."""


@dataclass
class _Hand:
    """What is remembered of one pointer.

    Attributes:
        pressed, gripped: the trigger, the squeeze was down in the last frame.
        direction: where it pointed when the trigger went down.
        met: what it met then, which is what a click acts on: letting go moves a hand.
        moved: it has moved on since.
        doing: the stroke or the cut-out under way.
        clicked: (network, layer) of its last click on a map, since_s ago.
    """

    pressed: bool = False
    gripped: bool = False
    direction: np.ndarray | None = None
    met: Hit | None = None
    moved: bool = False
    doing: Stroke | Cut | None = None
    clicked: tuple[int, int] | None = None
    since_s: float = 0.0


class Pointing:
    """Turns the pointers of each frame into commands.

    Attributes:
        hits: what each pointer meets, by its name (None for nothing).
        carrying: pictures in hand; wall: the wall in hand.
    """

    def __init__(self) -> None:
        self.hits: dict[str, Hit | None] = {}
        self.carrying = Carrying()
        self.wall = WallGrip()
        self._hands: dict[str, _Hand] = {}
        self._rows = 0.0  # parts of a notch, as touchpads send them

    def holds(self, name: str) -> bool:
        """Whether a pointer holds a picture or a wall."""
        return name in self.carrying.held or self.wall.holds(name)

    @property
    def carried(self) -> int | None:
        """Id of the picture that some pointer carries, or None."""
        return next((carried.picture for carried in self.carrying.held.values()), None)

    @property
    def busy(self) -> bool:
        """Some pointer holds, paints or cuts."""
        return bool(self.carrying.held) or self.wall.wall is not None or any(h.doing for h in self._hands.values())

    def update(
        self, scene: Scene, input: Input, eye: np.ndarray, scale: float = 1.0, network: int = 0
    ) -> list[Command]:
        """Set ``scene.pointed`` and ``scene.handle``, and return what was asked for.

        Where a drag with the trigger began on nothing that can be moved, ``input.drag`` is added to ``input.look``.

        Args:
            scene: what stands where.
            input: this frame's; without pointers (the mouse is over a panel) nothing is pointed at. A wheel that turned
                something is set to zero.
            eye: (3,) of the person, world frame.
            scale: metres of the world that a metre of the person takes.
            network: the network that clicked pictures go to.
        """
        met = pick_all(scene, [(pointer.origin, pointer.direction) for pointer in input.pointers])
        self.hits = {pointer.name: hit for pointer, hit in zip(input.pointers, met, strict=True)}
        commands: list[Command] = []
        for pointer in input.pointers:
            hand = self._hands.setdefault(pointer.name, _Hand())
            commands += self._act(scene, hand, pointer, input.dt_s, scale, network)
        self._lose(scene, commands)
        commands += self.carrying.move(scene, input, self.hits, eye)
        dragged = self.wall.update(scene, input)
        commands += [] if dragged is None else [dragged]
        if input.wheel:
            commands += self._wheel(scene, input)
        hit = next((h for h in self.hits.values() if h is not None and h.kind == "map"), None)
        scene.pointed = (
            None if hit is None or hit.network is None else (hit.network, hit.layer, hit.channel, hit.u, hit.v)
        )
        held = next((h for h in self.hits.values() if h is not None and h.kind == "handle"), None)
        scene.handle = self.wall.wall or (None if held is None or held.network is None else (held.network, held.layer))
        if not self.busy and not any(self._takes(scene, hand.met) for hand in self._hands.values() if hand.pressed):
            input.look = (input.look[0] + input.drag[0], input.look[1] + input.drag[1])
        return commands

    def quads(self, scene: Scene) -> list[PictureQuad]:
        """What is to be drawn of it: copies that are carried, the outline of a cut-out."""
        found = self.carrying.quads(scene)
        for hand in self._hands.values():
            if isinstance(hand.doing, Cut):
                found += hand.doing.quads()
        return found

    # -- one pointer --------------------------------------------------------------------------------------------

    def _act(
        self, scene: Scene, hand: _Hand, pointer: Pointer, dt_s: float, scale: float, network: int
    ) -> list[Command]:
        commands: list[Command] = []
        hit = self.hits[pointer.name]
        hand.since_s += dt_s
        if pointer.pressed and not hand.pressed:
            hand.direction, hand.met, hand.moved = pointer.direction, hit, False
            self._press(scene, hand, pointer, hit)
        if pointer.pressed and not hand.moved and hand.direction is not None:
            turned = float(np.arccos(np.clip(hand.direction @ pointer.direction, -1, 1)))
            enough = CARRY_RAD.get(pointer.name, CLICK_RAD)
            if turned > enough * (MAP_TIMES if hand.met is not None and hand.met.kind == "map" else 1):
                hand.moved = True
                commands += self._drag(scene, hand, pointer, scale)
        if isinstance(hand.doing, Stroke):
            commands += hand.doing.paint(scene, hit)
        elif hand.doing is not None:
            hand.doing.draw(hit)
        if pointer.pose is not None:  # a mouse's right button looks around
            commands += self._squeeze(scene, hand, pointer, hit, scale)
        if not pointer.pressed:
            if hand.doing is not None:
                commands += hand.doing.end(scene)
            elif hand.pressed and self.holds(pointer.name) and not hand.gripped:
                commands += self._drop(scene, pointer.name, hit, scale)
            elif pointer.clicked and (meant := hand.met if hand.pressed else hit) is not None:
                commands += self._click(hand, meant, network)
            hand.doing, hand.met = None, None
        hand.pressed = pointer.pressed
        return commands

    def _press(self, scene: Scene, hand: _Hand, pointer: Pointer, hit: Hit | None) -> None:
        """What begins at once: a stroke, a wall in the hand."""
        if hit is None or self.holds(pointer.name):
            return
        if scene.tool.name not in ("hand", "crop") and hit.kind == "frame" and hit.network is not None:
            hand.doing = Stroke(hit.network)
        elif hit.kind == "handle" and hit.network is not None:
            self.wall.take(scene, pointer, (hit.network, hit.layer), hit.point)
        elif self._joins(pointer.name, hit):
            assert self.wall.wall is not None
            self.wall.take(scene, pointer, self.wall.wall, hit.point)

    def _drag(self, scene: Scene, hand: _Hand, pointer: Pointer, scale: float) -> list[Command]:
        """What begins once the pointer has moved on: a cut-out, a picture in the hand."""
        met = hand.met
        if met is None or hand.doing is not None or self.holds(pointer.name) or not self._takes(scene, met):
            return []
        if scene.tool.name == "crop" and met.kind in ("picture", "object"):
            hand.doing = Cut(met)
            return []
        return self._take(scene, pointer, met, False, scale)

    def _squeeze(self, scene: Scene, hand: _Hand, pointer: Pointer, hit: Hit | None, scale: float) -> list[Command]:
        commands: list[Command] = []
        if pointer.grip and not hand.gripped and hit is not None and not self.holds(pointer.name):
            if hit.kind == "handle" and hit.network is not None:
                hand.gripped = self.wall.take(scene, pointer, (hit.network, hit.layer), hit.point)
            elif self._joins(pointer.name, hit) and self.wall.wall is not None:
                hand.gripped = self.wall.take(scene, pointer, self.wall.wall, hit.point)
            elif hit.kind in CARRIABLE and hit.kind != "map":
                commands = self._take(scene, pointer, hit, True, scale)
                hand.gripped = pointer.name in self.carrying.held
        elif not pointer.grip and hand.gripped:
            hand.gripped = False
            commands = self._drop(scene, pointer.name, hit, scale)
        return commands

    def _take(self, scene: Scene, pointer: Pointer, hit: Hit, fist: bool, scale: float) -> list[Command]:
        spot = (hit.network, hit.layer, hit.channel) if hit.kind == "map" and hit.network is not None else None
        return self.carrying.take(scene, pointer, hit, fist=fist, scale=scale, maps=spot)

    def _drop(self, scene: Scene, name: str, hit: Hit | None, scale: float) -> list[Command]:
        ended = self.wall.let_go(name)
        return ([] if ended is None else [ended]) + self.carrying.drop(scene, name, hit, scale)

    def _lose(self, scene: Scene, commands: list[Command]) -> None:
        """Forget pointers that are gone. A mouse is only over a panel: it keeps what it carries, not its click."""
        for name in self._hands.keys() - self.hits.keys():
            if name == "mouse":
                self._hands[name].clicked = None
                continue
            hand = self._hands.pop(name)
            if hand.doing is not None:
                commands += hand.doing.end(scene)
            ended = self.wall.let_go(name)
            commands += ([] if ended is None else [ended]) + self.carrying.lose(name)

    def _joins(self, name: str, hit: Hit) -> bool:
        """Whether a second hand that presses here takes hold of the wall that the first one holds."""
        wall = self.wall.wall
        return wall is not None and name != "mouse" and (hit.network, hit.layer) == wall

    @staticmethod
    def _takes(scene: Scene, hit: Hit | None) -> bool:
        """Whether a drag that begins here moves something, not the view."""
        if hit is None:
            return False
        if scene.tool.name == "crop":
            return hit.kind in ("picture", "object", "handle")
        return hit.kind in CARRIABLE or hit.kind == "handle"

    @staticmethod
    def _click(hand: _Hand, hit: Hit, network: int) -> list[Command]:
        if hit.kind == "button" and hit.command is not None:
            return [hit.command]
        if hit.kind == "note" and hit.object is not None:
            return [SelectNote(hit.object), ShowPanel("note", True)]
        if hit.kind == "picture" and hit.picture is not None:
            return [PlacePicture(hit.picture, network)]
        if hit.kind != "map" or hit.network is None:
            return []
        where = (hit.network, hit.layer)
        if hand.clicked == where and hand.since_s <= DOUBLE_S:
            hand.clicked = None
            return [JumpToLayer(hit.layer, hit.network)]
        hand.clicked, hand.since_s = where, 0.0
        return [SelectMap(hit.layer, hit.channel, hit.network)]

    # -- the wheel ----------------------------------------------------------------------------------------------

    def _wheel(self, scene: Scene, input: Input) -> list[Command]:
        """At the desk: over a handle it scales and turns the wall, over the shelf it scrolls."""
        hit = self.hits.get("mouse")
        if hit is None:
            return []
        if hit.kind == "handle" and hit.network is not None:
            command = wheeled(scene, hit.network, hit.layer, input)
            return [] if command is None else [command]
        if hit.kind in ("picture", "shelf"):
            rows = int(self._rows + input.wheel)
            self._rows, input.wheel = self._rows + input.wheel - rows, 0.0
            return [ScrollShelf(max(scene.shelf.first - rows * scene.shelf.columns, 0))] if rows else []
        return []
