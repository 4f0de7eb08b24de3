"""A recorded session, done again: its commands in their order, seen from where one stood.

A replay waits wherever a command may depend on what arrives by itself (pictures, blocks, statistics, layouts). In the
session it may have been given earlier; with everything there, two replays are equal.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from walkbox import commands as c
from walkbox.app.recording import Event, Photo, Place, Recording
from walkbox.engine.pictures import LoadedPicture, read_picture
from walkbox.errors import WalkboxError
from walkbox.inputs import Input

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["Player", "replay_at_once"]

AT_ONCE = (
    c.MoveWall,
    c.MoveObject,
    c.Brush,
    c.SetLimits,
    c.SetDisplay,
    c.SetTool,
    c.SetScale,
    c.ShowPanel,
    c.CloseBoard,
    c.JumpToPose,
)
"""Commands that neither need what arrives by itself nor make anything arrive that a later command names."""

WRITERS = (c.Screenshot, c.SaveScene, c.Export)
"""Commands that write files."""

LEFT_OUT = (c.Quit, c.ToggleFullscreen)


class Player:
    """Plays a recording to a walk, in place of the person.

    Args:
        recording: what was read.
        in_time: as fast as it was recorded; else as fast as possible.
        files: where commands that write files write to instead (a folder that exists); None leaves them out.

    Attributes:
        finished: all events have been played and what they asked for is there.
    """

    def __init__(self, recording: Recording, *, in_time: bool = False, files: Path | None = None) -> None:
        self.finished = False
        self._events = recording.events
        self._photos = {e.what.picture: e.what for e in recording.events if isinstance(e.what, Photo)}
        self._next = 0
        self._in_time = in_time
        self._files = files
        self._clock_s = 0.0
        self._unsettled = True
        self._written = 0
        self._left_out = 0

    def act(self, walk: Walk, input: Input) -> None:
        """One frame: what was done until now. Main thread.

        Without *in_time* everything up to the next command that has to wait, or up to a screenshot. Of the person's own
        input nothing is left but the wish to quit; who wears a headset stands where they stood then, and may look
        around.
        """
        if "quit" in input.actions:
            walk.running = False
        input.actions, input.ui, input.pointers = [], [], []
        walk.ui.worn = input.head is not None
        if input.head is None and walk.walker.head is not None:
            walk.wearer.take_off(walk.walker, walk.scene)
        elif input.head is not None and walk.walker.head is None:
            walk.wearer.put_on(walk.walker, input.head, walk.settings)
        walk.walker.head = input.head
        self.play(walk, input.dt_s)

    def play(self, walk: Walk, dt_s: float) -> None:
        """As :meth:`act`, without a frame."""
        walk.scene.pointed = None
        until_s = self._clock_s + dt_s if self._in_time else math.inf
        while self._next < len(self._events) and self._events[self._next].time_s <= until_s:
            event = self._events[self._next]
            if not self._may(walk, event):
                return  # the clock stands still
            self._next += 1
            self._do(walk, event)
            if walk.screenshot is not None:
                return
        if self._in_time:
            self._clock_s = until_s
        if self._next == len(self._events) and walk.quiet():
            self._end(walk)

    def _may(self, walk: Walk, event: Event) -> bool:
        """Whether everything is there that a command may need."""
        if isinstance(event.what, (Place, Photo)):
            return True
        if self._unsettled or not isinstance(event.what, AT_ONCE):
            if walk.network() is None or not walk.quiet():
                return False
            self._unsettled = False
        return True

    def _do(self, walk: Walk, event: Event) -> None:
        if isinstance(event.what, Place):
            event.what.stand(walk.walker, walk.settings.eye_height_m)
            return
        if isinstance(event.what, Photo):
            return  # it was shown in place of the command that took it
        self._unsettled |= not isinstance(event.what, AT_ONCE)
        photo = self._photos.get(event.what.picture) if isinstance(event.what, c.TakeWebcam) else None
        if photo is not None:
            walk.pictures.make(photo.picture, lambda: LoadedPicture(read_picture(photo.file), photo.name))
            return
        command = self._diverted(event.what)
        if command is None:
            self._left_out += 1
            return
        try:
            walk.do(command)
        except WalkboxError as error:
            walk.ui.say(f"Line {event.line} of the recording: {error}", "error")

    def _diverted(self, command: c.Command) -> c.Command | None:
        """The command to carry out instead: a replay writes nowhere but into its own folder."""
        if isinstance(command, LEFT_OUT):
            return None
        if not isinstance(command, WRITERS):
            return command
        if self._files is None:
            return None
        self._written += 1
        name = f"{type(command).__name__}-{self._written}"
        match command:
            case c.Screenshot():
                return dataclasses.replace(command, path=str(self._files / f"{name}.png"))
            case c.SaveScene():
                return dataclasses.replace(command, path=str(self._files / f"{name}.toml"))
            case c.Export():
                return dataclasses.replace(command, folder=str(self._files / name))

    def _end(self, walk: Walk) -> None:
        self.finished = True
        left = f" {self._left_out} commands that write files or end the walk were left out." if self._left_out else ""
        walk.ui.say(f"The replay has ended.{left}")


def replay_at_once(
    walk: Walk, recording: Recording, *, files: Path | None = None, on_wait: Callable[[str], None] = lambda task: None
) -> None:
    """Play a whole recording without showing it, as fast as the model allows; everything has settled then.

    Args:
        walk: through the same model; nothing has been done in it.
        recording: what was read.
        files: as of :class:`Player`.
        on_wait: as of :meth:`walkbox.app.walk.Walk.settle`.
    """
    player = Player(recording, files=files)
    while not player.finished and not walk.failed:
        walk.settle(on_wait=on_wait)
        player.play(walk, 0.0)
        if walk.screenshot is not None:
            walk.draw(walk.pose())
            walk.save_screenshot()
