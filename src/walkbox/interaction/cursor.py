"""Two rays, one cursor: what the panels on the board see of both hands."""

from __future__ import annotations

import math
from collections.abc import Sequence

from walkbox.inputs import UiEvent
from walkbox.interaction.board import Board
from walkbox.interaction.hands import RayHand

__all__ = ["Cursor"]

NOTCHES_S = 12.0
"""Notches of the wheel a second for a stick that is pushed all the way."""

STICK_RESTS = 0.2
RESTS_PX = 0.1


class Cursor:
    """Moves the cursor of the panels with the ray of one hand.

    A press on the board asks the panels first: a frame later they have said whether the cursor is over one of them
    (``panels_want_ray``), and only then it goes to them or to the scene behind the board. So does the ray itself.

    The cursor stays with a hand that holds the button or points at a panel; else a hand that presses takes it, and
    while neither points at a panel it looks under both rays in turn.

    Attributes:
        hand: name of the hand that moves it, None while no ray meets the board.
        on_panel: that hand's ray ends at a panel.
        distance_m: metres of the person along that ray to the board.
    """

    def __init__(self) -> None:
        self.hand: str | None = None
        self.on_panel = False
        self.distance_m = 0.0
        self._at: tuple[float, float] | None = None

    def update(self, board: Board, hands: Sequence[RayHand], wanted: bool, dt_s: float) -> list[UiEvent]:
        """Events of this frame for the panels, in order.

        Args:
            board: where the panels are.
            hands: both; their ``press`` is set where it is the board's business.
            wanted: the panels want the cursor where it was in the last frame.
            dt_s: seconds since then.
        """
        events: list[UiEvent] = []
        if not (board.open or self._at or any(hand.press in ("asked", "panel") for hand in hands)):
            self.hand, self.on_panel = None, False
            return events
        for hand in hands:
            if hand.press != "asked":
                continue
            if hand.trigger.blocked:  # taken away meanwhile: not meant
                hand.press = ""
            elif wanted and hand.name == self.hand:
                hand.press = "panel"
                events.append(UiEvent("button", down=True))
            else:
                hand.press = "behind"
        places = {hand.name: place for hand in hands if (place := self._place(board, hand)) is not None}
        before, self.hand = self.hand, self._owner(hands, places, wanted)
        held = any(hand.press == "panel" for hand in hands)
        self.on_panel = self.hand is not None and self.hand == before and (wanted or held)
        if self.hand is not None:
            self.distance_m, x, y = places[self.hand]
            if self._at is None or math.dist(self._at, (x, y)) >= RESTS_PX:
                events.append(UiEvent("move", x, y))
                self._at = (x, y)
        for hand in hands:
            if hand.press == "panel" and not hand.trigger.down:
                events.append(UiEvent("button", down=False))
                hand.press = ""
            if self.on_panel and hand.name == self.hand:
                events += self._wheel(hand, dt_s)
        if self.hand is None and self._at is not None:
            events.append(UiEvent("leave"))
            self._at = None
        return events

    def _owner(
        self, hands: Sequence[RayHand], places: dict[str, tuple[float, float, float]], wanted: bool
    ) -> str | None:
        asking = None
        held = any(hand.press == "panel" for hand in hands)
        for hand in hands:
            if hand.pressed_now and hand.name in places and not held and asking is None:
                hand.press, asking = "asked", hand.name
        if asking is not None:
            return asking
        if self.hand in places and (held or wanted):
            return self.hand
        others = [name for name in places if name != self.hand]
        return others[0] if others else self.hand if self.hand in places else None

    @staticmethod
    def _place(board: Board, hand: RayHand) -> tuple[float, float, float] | None:
        busy = hand.press in ("behind", "scene", "aim")
        if busy or not board.open or hand.origin is None or hand.direction is None:
            return None
        place = board.meet(hand.origin, hand.direction)
        # What is dragged may leave the board.
        return place if place is not None and (hand.press == "panel" or board.holds(*place[1:])) else None

    @staticmethod
    def _wheel(hand: RayHand, dt_s: float) -> list[UiEvent]:
        x, y = hand.stick
        if math.hypot(x, y) < STICK_RESTS or (hand.flick.meaning not in ("", "other") and not hand.flick.began):
            return []
        hand.flick.take()
        return [UiEvent("wheel", 0.0, y * NOTCHES_S * dt_s)]
