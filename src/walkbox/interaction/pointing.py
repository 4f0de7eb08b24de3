"""Pointing: rays to commands, one code for the mouse, a gaze and both hands.

A press and release on the spot acts on what it met; a press on a picture that moves on carries the picture, and letting
go over an input frame places it there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.commands import Command, JumpToLayer, PlacePicture, SelectMap
from walkbox.inputs import Input, Pointer
from walkbox.interaction.hands import CLICK_RAD
from walkbox.scene.picking import Hit, pick_all
from walkbox.scene.scene import Scene

__all__ = ["Pointing"]

DOUBLE_S = 0.4
"""Two clicks on one layer within this time are a double click."""

CARRY_RAD = {"mouse": 0.02}
"""A ray that turns farther than this from where it pressed a picture carries it; a hand's, than any click does."""


@dataclass
class _Hand:
    """What is remembered of one pointer.

    Attributes:
        pressed: the trigger was down in the last frame.
        picture: the picture it was pressed on.
        direction: its direction then.
        met: what it met then, which is what a click acts on: letting go moves a hand.
        carries: it has moved on since.
        clicked: (network, layer) of its last click on a map, since_s ago.
    """

    pressed: bool = False
    picture: int | None = None
    direction: np.ndarray | None = None
    met: Hit | None = None
    carries: bool = False
    clicked: tuple[int, int] | None = None
    since_s: float = 0.0


class Pointing:
    """Turns the pointers of each frame into commands.

    Attributes:
        hits: what each pointer meets, by its name (None for nothing).
    """

    def __init__(self) -> None:
        self.hits: dict[str, Hit | None] = {}
        self._hands: dict[str, _Hand] = {}

    @property
    def in_hand(self) -> dict[str, int]:
        """Name of each pointer that carries a picture, and the picture's id."""
        return {name: hand.picture for name, hand in self._hands.items() if hand.carries and hand.picture is not None}

    @property
    def carried(self) -> int | None:
        """Id of the picture that is being carried, or None."""
        return next(iter(self.in_hand.values()), None)

    def update(self, scene: Scene, input: Input, network: int = 0) -> list[Command]:
        """Set ``scene.pointed`` and return what was asked for.

        Where a drag with the trigger began on nothing that can be carried, ``input.drag`` is added to ``input.look``.

        Args:
            scene: what stands where.
            input: this frame's; without pointers (the mouse is over a panel) nothing is pointed at.
            network: the network that clicked pictures go to.
        """
        commands: list[Command] = []
        met = pick_all(scene, [(pointer.origin, pointer.direction) for pointer in input.pointers])
        self.hits = {pointer.name: hit for pointer, hit in zip(input.pointers, met, strict=True)}
        for pointer in input.pointers:
            hand = self._hands.setdefault(pointer.name, _Hand())
            commands += self._act(hand, pointer, self.hits[pointer.name], input.dt_s, network)
        for name in self._hands.keys() - self.hits.keys():
            if name == "mouse":  # over a panel: a carried picture stays in hand, a click is forgotten
                self._hands[name].clicked = None
            else:  # a hand that was lost, or does something else
                del self._hands[name]
        hit = next((h for h in self.hits.values() if h is not None and h.kind == "map"), None)
        scene.pointed = (
            None if hit is None or hit.network is None else (hit.network, hit.layer, hit.channel, hit.u, hit.v)
        )
        if all(hand.picture is None for hand in self._hands.values()):
            input.look = (input.look[0] + input.drag[0], input.look[1] + input.drag[1])
        return commands

    def _act(self, hand: _Hand, pointer: Pointer, hit: Hit | None, dt_s: float, network: int) -> list[Command]:
        commands: list[Command] = []
        hand.since_s += dt_s
        if pointer.pressed and not hand.pressed:
            hand.picture = hit.picture if hit is not None and hit.kind == "picture" else None
            hand.direction, hand.met, hand.carries = pointer.direction, hit, False
        if pointer.pressed and hand.picture is not None and hand.direction is not None:
            turned = float(np.arccos(np.clip(hand.direction @ pointer.direction, -1, 1)))
            hand.carries = hand.carries or turned > CARRY_RAD.get(pointer.name, CLICK_RAD)
        if hand.carries and not pointer.pressed:
            if hand.picture is not None and hit is not None and hit.kind == "frame" and hit.network is not None:
                commands.append(PlacePicture(hand.picture, hit.network))
        elif pointer.clicked and (meant := hand.met if hand.pressed else hit) is not None:
            commands += self._click(hand, meant, network)
        if not pointer.pressed:
            hand.picture, hand.carries = None, False
        hand.pressed = pointer.pressed
        return commands

    @staticmethod
    def _click(hand: _Hand, hit: Hit, network: int) -> list[Command]:
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
