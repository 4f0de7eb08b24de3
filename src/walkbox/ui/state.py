"""All that the panels show: filled in by the application each frame, read by :func:`walkbox.ui.panels.draw`.

Panels change nothing but :class:`Memory`, which holds what only concerns a panel itself (the text in a filter box).
Everything else that a click changes is returned as a command.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np

from walkbox.commands import Pose
from walkbox.config import Settings
from walkbox.export import DEFAULT_KINDS
from walkbox.messages import Progress
from walkbox.scene.network import Network
from walkbox.scene.plan_view import PlanMap
from walkbox.scene.scene import Scene
from walkbox.ui import places

__all__ = ["FRAMES", "PANELS", "Memory", "Notice", "UiState"]

PANELS = ("layers", "result", "display", "pictures", "scene", "where", "note", "comfort", "times", "help")
"""The panels that are opened and closed by name. The map panel is open while ``Scene.selected`` is not None."""

BESIDE = {"times"}
"""Those that share their place on the board with no other."""

FRAMES = 240
"""Frame times that are kept for the curve."""

T = TypeVar("T")


@dataclass(slots=True)
class Notice:
    """A message that goes away by itself, errors excepted.

    Attributes:
        text: one readable paragraph.
        kind: decides its colour; an ``error`` stays until it is closed.
        left_s: seconds it is still shown.
        details: more to read (a traceback), shown on demand.
    """

    text: str
    kind: Literal["note", "warning", "error"] = "note"
    left_s: float = 8.0
    details: str = ""


@dataclass
class Memory:
    """What panels remember for themselves.

    Attributes:
        layer_filter: the text in the layers panel's box.
        depth: place of the depth slider, 0..1.
        around: the map of the network shows only what is around the person; plan: what is kept of it.
        noise: kind, seed, whether in colour, of the next picture of noise.
        note: the text in the note panel's box, and the note that it belongs to (None: a new one).
        export: names of what is to be exported, and whether of all layers.
        scores: the result panel shows scores, not probabilities; cell: label and class of the chosen confusion.
        dragged: the histogram whose limit is held, and which of the two.
        newest: name of the panel that was opened last, of those that share a place on the board.
        look: (theme, scale, worn) that the style was last made for.
        placed: (size, scale, worn) that the panels were last placed for.
        explained: what the item under the pointer is for, since the last frame; only on the board.
        made: things worked out from unchanged values, by key.
    """

    layer_filter: str = ""
    depth: float = 0.5
    around: bool = False
    plan: PlanMap = field(default_factory=PlanMap)
    noise: tuple[str, int, bool] = ("gaussian", 1, True)
    note: tuple[str, int | None] = ("", None)
    export: tuple[tuple[str, ...], bool] = (DEFAULT_KINDS, False)
    scores: bool = False
    cell: tuple[int, int] = (0, 0)
    dragged: tuple[str, int] | None = None
    newest: str = ""
    look: tuple[str, float, bool] | None = None
    placed: tuple[tuple[int, int], float, bool] | None = None
    explained: str = ""
    made: dict[Hashable, tuple[Any, Any]] = field(default_factory=dict)

    def keep(self, key: Hashable, depends_on: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What *make* returns, made anew only when *depends_on* changes (arrays and objects: when it is another)."""
        known = self.made.get(key)
        if known is None or not all(a is b or _equal(a, b) for a, b in zip(known[0], depends_on, strict=True)):
            known = self.made[key] = (depends_on, make())
        return known[1]


def _equal(a: Any, b: Any) -> bool:
    return isinstance(a, (int, float, str, tuple)) and type(a) is type(b) and a == b


@dataclass
class UiState:
    """See the module.

    Attributes:
        scene, settings: as they are.
        picture: makes a texture of uint8 pixels: ``picture(key, pixels, smooth=False)``; ``PanelRenderer.picture``.
        size_px: width and height of the picture that the panels are drawn on.
        scale: pixels a point takes.
        network: id of the network that the panels are about.
        open: names of the open panels.
        progress: long jobs under way.
        notices: newest last; the panels count their time down.
        dt_s: seconds since the last frame.
        frame_times_s: of the last frames.
        gpu: what draws (``GL_RENDERER``), samples a pixel, and what is to be said of memory, for the frame times panel.
        memory_text: texture memory in use, for the same.
        uploaded_bytes: bytes of maps that the last frame uploaded, for the same.
        late_frames: frames that a headset did not get in time since it was put on.
        time_left_s: seconds that the last frame had left when it was done, None where no display waits for it.
        headset: the runtime, size and rate of the headset in a line; empty without one.
        layouts: names of the layouts to choose from.
        here: where a note is pinned: before the person, facing them.
        spot: (3,) where the person stands, world frame; facing: the yaw along which they look, radians.
        can_undo, can_redo: what would be taken back or made again, empty for nothing.
        scene_path: the scene file that the walk was opened with, or an empty string.
        recording: the file that the walk is recorded to, or an empty string.
        wanted: ids of pictures of which a thumbnail is to be shown that is not here yet; filled in by the panels.
        crosshair: the pointer goes through the middle of the picture.
        worn: the panels are on the board that a headset's wearer sees. One panel is shown there at a time beside the
            map panel; *scale* is :data:`walkbox.ui.places.BOARD_SCALE` then.
    """

    scene: Scene
    settings: Settings
    picture: Callable[..., Any]
    size_px: tuple[int, int] = (1280, 720)
    scale: float = 1.0
    network: int = 0
    open: set[str] = field(default_factory=set)
    progress: list[Progress] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    dt_s: float = 0.0
    frame_times_s: deque[float] = field(default_factory=lambda: deque(maxlen=FRAMES))
    gpu: str = ""
    memory_text: str = ""
    uploaded_bytes: int = 0
    late_frames: int = 0
    time_left_s: float | None = None
    headset: str = ""
    layouts: tuple[str, ...] = ()
    here: Pose = (0.0, 1.4, 0.0, 0.0, 0.0, 0.0, 1.0)
    spot: np.ndarray = field(default_factory=lambda: np.zeros(3))
    facing: float = 0.0
    can_undo: str = ""
    can_redo: str = ""
    scene_path: str = ""
    recording: str = ""
    wanted: list[int] = field(default_factory=list)
    crosshair: bool = False
    worn: bool = False
    local: Memory = field(default_factory=Memory)

    @property
    def shown(self) -> Network | None:
        """The network that the panels are about: the selected one, else :attr:`network`, else any."""
        wanted = self.scene.selected[0] if self.scene.selected is not None else self.network
        found = self.scene.networks.get(wanted)
        return found if found is not None else next(iter(self.scene.networks.values()), None)

    def note_frame(self, dt_s: float) -> None:
        """Keep a frame's time and let the notices age."""
        self.dt_s = dt_s
        self.frame_times_s.append(dt_s)
        for notice in self.notices:
            if notice.kind != "error":
                notice.left_s -= min(dt_s, 0.25)
        self.notices[:] = [n for n in self.notices if n.left_s > 0]

    def say(self, text: str, kind: Literal["note", "warning", "error"] = "note", details: str = "") -> None:
        """Show a notice. One with the same text is only shown for longer, and not twice."""
        self.notices[:] = [n for n in self.notices if n.text != text]
        self.notices.append(Notice(text, kind, details=details))

    def show_panel(self, name: str, wanted: bool | None) -> None:
        """Carry out :class:`walkbox.commands.ShowPanel`."""
        opened = not self.shows(name) if wanted is None else wanted
        if self.worn and name not in BESIDE:
            self.open &= BESIDE
        if opened:
            self.open -= next((names for names in places.SHARING if name in names), set())
            self.open.add(name)
            self.local.newest = self.local.newest if name in BESIDE else name
        else:
            self.open.discard(name)

    def shows(self, name: str) -> bool:
        """Whether a panel is drawn: an open one; of those that share a place on the board only the newest."""
        if name not in self.open or not self.worn or name in BESIDE:
            return name in self.open
        sharing = [n for n in PANELS if n in self.open - BESIDE]
        return name == (self.local.newest if self.local.newest in sharing else sharing[0])

    def place(self, name: str) -> places.Place:
        """Where a panel stands at first: x, y, width, height in points."""
        width, height = self.size_px[0] / self.scale, self.size_px[1] / self.scale
        return (places.on_board if self.worn else places.on_screen)(width, height)[name]

    def set_progress(self, progress: Progress) -> None:
        """Keep how far a job has come; a finished one goes."""
        self.progress[:] = [p for p in self.progress if (p.network, p.task) != (progress.network, progress.task)]
        if not 0 < progress.total <= progress.done:
            self.progress.append(progress)

    def fps(self) -> float:
        """Frames a second over the frames kept; 0 before there are any."""
        total = sum(self.frame_times_s)
        return len(self.frame_times_s) / total if total > 0 else 0.0

    def frame_times_ms(self) -> np.ndarray:
        """float32 frame times in milliseconds, oldest first."""
        return np.asarray(self.frame_times_s, np.float32) * 1e3
