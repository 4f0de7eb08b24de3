"""Who wears the headset: what their head and hands do to the walk, and what is to be seen of them.

Controls, the same for every controller that has them:

- trigger (or pinch): point and click; on a panel of the board it is the mouse button; held on nothing it aims a
  teleport, letting go lands.
- stick: forward aims a teleport and turns where one will look, letting go lands; sideways turns; back steps back. On a
  panel it scrolls. With smooth motion the left stick glides, the right one turns.
- trigger on a picture or a map, and moved: a copy comes along on the ray; on a wall's handle: the wall comes along, a
  second hand at the same wall turns and scales it. The stick pushes away and pulls near what the ray holds.
- squeeze (or fist) on a picture: it comes into the hand. Of both hands, on nothing: take hold of the world, move, turn
  and scale it. Squeezing one hand calls a teleport off, or on a panel moves the board.
- ``menu``: the board with the panels comes or goes; ``close`` closes the newest panel, then the board.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.config import Settings
from walkbox.geometry import along, invert_rigid, placed, walker_matrix
from walkbox.inputs import Hand, Input
from walkbox.interaction.board import Board
from walkbox.interaction.cursor import Cursor
from walkbox.interaction.ground import Ground
from walkbox.interaction.hands import RayHand
from walkbox.interaction.locomotion import Walker
from walkbox.interaction.pointing import Pointing
from walkbox.interaction.steering import Steering
from walkbox.interaction.teleport import Aim, aim
from walkbox.interaction.world_grip import WorldGrip
from walkbox.scene.picking import Hit, pick
from walkbox.scene.presence import Arc, Presence, Ray, VisibleHand
from walkbox.scene.scene import Scene

__all__ = ["Pulse", "Wearer"]

RAY_M = 3.0
"""How far a ray is drawn that meets nothing, metres of the person."""

AIM_S = 0.15
"""A trigger that is let go sooner than this lands nowhere: it was a click beside something."""

TICK_S = 0.05
"""At least this long between two ticks for what the ray passes over."""

PULL_S = 1.5
"""What a ray holds is so many times e as far away after a second of the stick pushed forward."""

POINTER_EVENTS = ("move", "leave", "button", "wheel")


@dataclass(frozen=True, slots=True)
class Pulse:
    """A tick of a controller.

    Attributes:
        hand: ``left`` or ``right``.
        strength: 0..1, before ``settings.haptics``.
        duration_s: seconds.
    """

    hand: str
    strength: float
    duration_s: float


HOVER, TURN, CLICK, PICK, DROP, LAND = (0.15, 0.008), (0.25, 0.012), (0.5, 0.02), (0.4, 0.02), (0.7, 0.04), (0.7, 0.06)


@dataclass
class _Felt:
    """What a hand has been told of."""

    over: object = None
    since_s: float = TICK_S
    holds: bool = False


class Wearer:
    """Drives the walker while a headset is worn. Main thread only.

    One frame::

        worn = wearer.update(walker, scene, input, settings, pointing, panels_want_ray=panels.want_mouse)
        commands = pointing.update(scene, input, eye, walker.scale)
        wearer.show(walker, scene, input, pointing)
        for pulse in wearer.pulses: host.pulse(pulse.hand, pulse.strength * settings.haptics, pulse.duration_s)

    Attributes:
        board: the rectangle that carries the panels.
        pulses: ticks of this frame.
        hands: left and right, as remembered from frame to frame.
    """

    def __init__(self) -> None:
        self.board = Board()
        self.pulses: list[Pulse] = []
        self.hands = (RayHand("left"), RayHand("right"))
        self._leader = "right"
        self._cursor = Cursor()
        self._grip = WorldGrip()
        self._steering = Steering()
        self._ground = Ground()
        self._aims: dict[str, Aim] = {}
        self._carried: tuple[RayHand, np.ndarray] | None = None
        self._felt = {hand.name: _Felt() for hand in self.hands}

    # -- coming and going ---------------------------------------------------------------------------------------

    def put_on(self, walker: Walker, head: np.ndarray, settings: Settings) -> None:
        """The headset is worn from now on. :meth:`update` does it by itself in the first frame with a head.

        Args:
            walker: stays on the same spot of the world and looks the same way (yaw).
            head: 4x4 play_from_head.
            settings: ``seated`` and the height of the eyes.
        """
        walker.seat_m = settings.eye_height_m if settings.seated else None
        walker.put_on(head)

    def take_off(self, walker: Walker, scene: Scene) -> None:
        """The headset is gone: same spot, same yaw; nothing of the wearer is shown any more. :meth:`update` does it by
        itself in the first frame without a head. The board comes back where it was, open or not.
        """
        if walker.head is not None:
            walker.take_off()
        scene.presence = Presence(board_size_m=self.board.size_m)
        self._grip.let_go()
        self._let_go_of_all_else()
        for hand in self.hands:
            hand.update(None, 0.0)
            hand.press = "panel" if hand.press == "panel" else ""

    # -- a frame ------------------------------------------------------------------------------------------------

    def update(
        self,
        walker: Walker,
        scene: Scene,
        input: Input,
        settings: Settings,
        pointing: Pointing,
        *,
        panels_want_ray: bool,
        panel_open: bool = False,
    ) -> bool:
        """Move the walker, and turn hands into pointers (world frame) and events for the panels.

        ``input.pointers`` gets those of the hands, the one that pressed last first; a mouse at the desk stays in it,
        last. ``input.ui`` keeps the desk's keys; what its mouse did is replaced by what the hands do on the board.

        Args:
            walker, scene: of the walk.
            input: this frame's, changed in place.
            settings: as they are.
            pointing: what the hands hold since the last frame.
            panels_want_ray: the panels wanted the cursor in the last frame (``PanelRenderer.want_mouse``).
            panel_open: a panel is open that the action ``close`` closes; else it closes the board.

        Returns:
            A headset is worn; if not, the walker is left to ``Walker.update``.
        """
        self.pulses = []
        if input.head is None:
            if walker.head is not None:
                self.take_off(walker, scene)
                input.ui += self._cursor.update(self.board, self.hands, False, input.dt_s)
            return False
        seat_m = settings.eye_height_m if settings.seated else None
        if walker.head is None:
            self.put_on(walker, input.head, settings)
        elif seat_m != walker.seat_m:
            walker.head = input.head
            walker.sit(seat_m)
        walker.head = input.head
        given: dict[str, Hand] = {hand.name: hand for hand in input.hands}
        for hand in self.hands:
            hand.update(given.get(hand.name), input.dt_s)
        if "menu" in input.actions:
            self.board.toggle(input.head)
        if "close" in input.actions and not panel_open:
            self.board.open = False
        self._hold_world(walker, pointing)
        input.ui = [event for event in input.ui if event.kind not in POINTER_EVENTS]
        events = self._cursor.update(self.board, self.hands, panels_want_ray, input.dt_s)
        input.ui += events
        if any(event.kind == "button" and event.down for event in events):
            self._tick(self._cursor.hand, CLICK)
        if self._grip.holding:
            self._steering.rest(walker, settings, input.dt_s)
        else:
            self._move_board(input.head)
            self._pull(pointing, input)
            for name in self._steering.update(self.hands, walker, scene, self._ground, settings, input.dt_s):
                self._tick(name, TURN)
        self._press(walker, scene)
        self._teleport(walker, scene, settings)
        self._point(walker, input)
        return True

    def show(self, walker: Walker, scene: Scene, input: Input, pointing: Pointing) -> None:
        """Write ``scene.presence``, and feel what the rays meet; after
        :meth:`walkbox.interaction.pointing.Pointing.update`.

        Args:
            walker, scene, input: as for :meth:`update`.
            pointing: what each pointer meets and holds.
        """
        if input.head is None:
            return
        hits = pointing.hits
        presence, pose, scale = scene.presence, walker.world_from_play(), walker.scale
        presence.scale, presence.vignette, presence.board_size_m = scale, self._steering.vignette, self.board.size_m
        presence.hands = [_visible(hand.now, pose, scale) for hand in self.hands if hand.now and hand.grip is not None]
        presence.rays = [
            self._ray(hand, pose, scale, hits.get(hand.name))
            for hand in self.hands
            if hand.direction is not None and hand.name not in self._aims and not self._grip.holding
        ]
        presence.arcs = [_arc(aimed, walker) for aimed in self._aims.values()]
        mouse = hits.get("mouse")
        presence.mark = None if mouse is None else np.asarray(mouse.point, np.float32)
        presence.world_from_board = placed(pose, self.board.play_from_board) if self.board.open else None
        for hand in self.hands:
            self._feel(hand, hits.get(hand.name), pointing.holds(hand.name), input.dt_s)

    # -- hands --------------------------------------------------------------------------------------------------

    def _hold_world(self, walker: Walker, pointing: Pointing) -> None:
        left, right = self.hands
        full = pointing.holds("left") or pointing.holds("right")
        if full or left.grip is None or right.grip is None or not (left.squeeze.down and right.squeeze.down):
            self._grip.let_go()
            return
        self._let_go_of_all_else()
        self._grip.move(walker, left.grip, right.grip)

    def _let_go_of_all_else(self) -> None:
        self._aims.clear()
        self._carried = None
        for hand in self.hands:
            hand.trigger.let_go()
            hand.flick.take()

    def _move_board(self, head: np.ndarray) -> None:
        """Whoever squeezes one hand at a panel carries the board; it goes on facing the head."""
        cursor = self._cursor
        for hand in self.hands:
            taken = hand.squeeze.down and hand.squeeze.changed and cursor.on_panel and cursor.hand == hand.name
            if taken and hand.now is not None and hand.now.aim is not None:
                self._carried = hand, invert_rigid(hand.now.aim) @ self.board.play_from_board[:, 3]
        if self._carried is None:
            return
        hand, aim_from_middle = self._carried
        if not hand.squeeze.down or not self.board.open:
            self._carried = None
        elif hand.now is not None and hand.now.aim is not None:
            self.board.hang(head, (hand.now.aim @ aim_from_middle)[:3])

    def _pull(self, pointing: Pointing, input: Input) -> None:
        """The stick of a hand that holds something moves that, not the person."""
        for hand in self.hands:
            if pointing.holds(hand.name):
                hand.flick.take()
                input.pull += hand.stick[1] * PULL_S * input.dt_s

    def _press(self, walker: Walker, scene: Scene) -> None:
        """Decide what a trigger that has just gone down acts on, and end what acted until now."""
        for hand in self.hands:
            if hand.pressed_now:
                self._leader = hand.name
            if hand.press == "behind" or (hand.pressed_now and not hand.press):
                met = pick(scene, *hand.ray_in(walker.world_from_play(), walker.scale)) if hand.tracked else None
                hand.press = "scene" if met is not None else "nothing" if self._aims else "aim"
            if not hand.trigger.down and hand.press in ("scene", "nothing"):
                hand.let_go()

    def _teleport(self, walker: Walker, scene: Scene, settings: Settings) -> None:
        for hand in self.hands:
            aimed = self._aims.get(hand.name)
            by_stick = settings.motion == "teleport" and hand.flick.meaning == "aim"
            by_trigger = hand.press == "aim"
            ended = hand.flick.ended == "aim" or (by_trigger and not hand.trigger.down)
            if not hand.tracked or hand.squeeze.down:
                self._call_off(hand)
            elif ended:
                self._call_off(hand)
                if aimed is not None and not (by_trigger and hand.held_s < AIM_S):
                    self._land(hand, walker, aimed)
            elif (by_stick or by_trigger) and (aimed is not None or not self._aims):
                thumb = hand.thumb if by_stick else 0.0
                ray = hand.ray_in(walker.world_from_play(), walker.scale)
                self._aims[hand.name] = aim(self._ground, scene, walker, *ray, thumb)

    def _call_off(self, hand: RayHand) -> None:
        self._aims.pop(hand.name, None)
        if hand.press == "aim":
            hand.press = "nothing" if hand.trigger.down else ""
        if hand.flick.meaning == "aim":
            hand.flick.take()

    def _land(self, hand: RayHand, walker: Walker, aimed: Aim) -> None:
        if aimed.good and aimed.spot is not None:
            walker.stand(aimed.spot, walker.facing + aimed.turn)
            self._tick(hand.name, LAND)

    def _point(self, walker: Walker, input: Input) -> None:
        """Pointers of the hands whose rays go on into the scene, before what the desk points with."""
        pose, cursor = walker.world_from_play(), self._cursor
        pointers = []
        for hand in self.hands[::-1] if self._leader == "right" else self.hands:
            panel = hand.press in ("asked", "panel") or (cursor.on_panel and cursor.hand == hand.name)
            if hand.tracked and not panel and hand.name not in self._aims and not self._grip.holding:
                pointers.append(hand.pointer(pose, walker.scale))
        input.pointers = pointers + [pointer for pointer in input.pointers if pointer.name == "mouse"]

    def _ray(self, hand: RayHand, pose: np.ndarray, scale: float, hit: Hit | None) -> Ray:
        origin, direction = hand.ray_in(pose, scale)
        panel = self._cursor.on_panel and self._cursor.hand == hand.name
        if panel:
            end = along(origin, direction, self._cursor.distance_m * scale)
        else:
            end = hit.point if hit is not None else along(origin, direction, RAY_M * scale)
        return Ray(origin, end, panel or hit is not None, hand.trigger.down)

    # -- ticks --------------------------------------------------------------------------------------------------

    def _tick(self, hand: str | None, kind: tuple[float, float]) -> None:
        if hand is not None:
            self.pulses.append(Pulse(hand, *kind))

    def _feel(self, hand: RayHand, hit: Hit | None, holds: bool, dt_s: float) -> None:
        """A tick for what a ray comes over, takes, clicks or drops; none while it rests."""
        felt, kind = self._felt[hand.name], "" if hit is None else hit.kind
        over = (hit.kind, hit.network, hit.layer, hit.channel, hit.picture) if hit and kind != "wall" else None
        felt.since_s += dt_s
        if holds != felt.holds:
            self._tick(hand.name, PICK if holds else DROP)
        elif hand.clicked and kind in ("map", "picture", "button"):
            self._tick(hand.name, CLICK)
        elif over is not None and over != felt.over and felt.since_s >= TICK_S and not holds:
            self._tick(hand.name, HOVER)
            felt.since_s = 0.0
        felt.holds, felt.over = holds, over


def _visible(hand: Hand, pose: np.ndarray, scale: float) -> VisibleHand:
    joints = hand.joints
    if joints is not None:
        joints = np.hstack([joints[:, :3] @ pose[:3, :3].T + pose[:3, 3], joints[:, 3:] * np.float32(scale)])
    assert hand.grip is not None
    return VisibleHand(hand.name, placed(pose, hand.grip), joints, hand.trigger)


def _arc(aimed: Aim, walker: Walker) -> Arc:
    landing = None if aimed.spot is None else walker_matrix(aimed.spot, walker.facing + aimed.turn, 0.0)
    return Arc(aimed.points, landing, aimed.good)
