"""Photographs what one can do in a walk.

``hands_on.py FOLDER [NAME ...]``: a walk on the offscreen host, driven by commands, and by a ray and a mouse made of
numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from walkbox import commands as c
from walkbox.app.walk import Walk
from walkbox.config import Settings
from walkbox.files import save_png
from walkbox.findings import Evaluation, TopPictures
from walkbox.geometry import look_at, pose_of, walker_matrix
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.inputs import Input, Pointer, UiEvent
from walkbox.scene.furniture import frame_picture, shelf_pictures

SIZE, SAVED = (1600, 900), (1280, 720)
HERE = Path(__file__).parent
LAYER = "layer1.0.conv1"
TABS = {"Map": 31, "Order": 95, "Kernels": 161, "Top": 225, "Layer": 281}
"""Points from the map panel's left edge to the middle of each tab."""

TAB_Y, RESULT_TAB = 85, (120, 50)
GAP = 12


class Guide:
    """Does in a walk what a person would do, and photographs it."""

    def __init__(self, target: str, theme: str = "dark", **options: Any):
        self.host = OffscreenHost(SIZE, samples=4)
        self.walk = Walk(target, self.host, panels=True, settings=Settings(theme=theme), **options)
        self.input = Input(dt_s=0.05)
        self.host.poll = lambda: self.input  # type: ignore[method-assign]
        self.frames(60)
        self.walk.ui.notices.clear()
        self.walk.ui.open = set()

    def frames(self, count: int = 4) -> None:
        for _ in range(count):
            self.walk.settle()
            self.walk.frame()

    def do(self, *commands: c.Command) -> None:
        for command in commands:
            self.walk.do(command)
            self.frames(2)
        self.frames(16)

    def id(self, name: str) -> int:
        return self.network.graph.layer(name).id

    @property
    def network(self):
        network = self.walk.network()
        assert network is not None
        return network

    def picture(self, name: str) -> int:
        shelf = self.walk.scene.shelf
        return next(id for id in range(len(shelf.catalogue)) if shelf.name(id) == name)

    def place(self, name: str) -> None:
        self.do(c.PlacePicture(self.picture(name)))

    def look(self, eye: tuple[float, float, float], target: tuple[float, float, float]) -> None:
        x, y, z = np.subtract(target, eye)
        yaw, pitch = float(np.arctan2(-x, -z)), float(np.arctan2(y, np.hypot(x, z)))
        self.walk.walker.jump((eye[0], eye[1] - 1.65, eye[2]), yaw, pitch)
        self.frames()

    def point(self, target: np.ndarray, pressed: bool) -> None:
        """The mouse points at a place of the world."""
        eye = self.walk.pose()[:3, 3]
        ray = np.asarray(target, np.float32)[:3] - eye
        pointer = Pointer("mouse", eye, (ray / np.linalg.norm(ray)).astype(np.float32), pressed)
        self.input = Input(dt_s=0.05, pointers=[pointer])
        self.frames(3)

    def click(self, x: float, y: float) -> None:
        """In the panels, in points."""
        at = [UiEvent("move", x, y)]
        for events in (at, [], [UiEvent("button", down=True)], [UiEvent("button")], [], [UiEvent("leave")], []):
            self.input = Input(dt_s=0.05, ui=events)
            self.frames(1)
        self.input = Input(dt_s=0.05)

    def tab(self, name: str) -> None:
        x, y, *_ = self.walk.ui.place("map")
        self.click(x + TABS[name], y + TAB_Y)
        self.frames()

    def photograph(self) -> np.ndarray:
        """With the panels."""
        self.walk.ui.notices.clear()
        self.frames()
        return self.host.read_pixels()

    def view(self, eye: tuple[float, float, float], target: tuple[float, float, float]) -> np.ndarray:
        """Without them."""
        panels, self.walk.panels = self.walk.panels, None
        pixels = self.walk.photograph(look_at(np.array(eye, np.float32), np.array(target, np.float32)))
        self.walk.panels = panels
        return pixels

    def panel(self, name: str, highest: int = SIZE[1]) -> np.ndarray:
        """One panel, cut out; what lies below *highest* points is left away."""
        x, y, width, height = (round(v) for v in self.walk.ui.place(name))
        return self.photograph()[y : y + min(height, highest), x : x + width]


def _beside(parts: list[np.ndarray]) -> np.ndarray:
    """Panels in a row."""
    height = max(len(part) for part in parts) + 2 * GAP
    made = np.full((height, sum(part.shape[1] + GAP for part in parts) + GAP, 3), (24, 28, 38), np.uint8)
    x = GAP
    for part in parts:
        made[GAP : GAP + len(part), x : x + part.shape[1]] = part
        x += part.shape[1] + GAP
    return made


def _middle(quad) -> np.ndarray:
    return (quad.world_from_quad @ [0, quad.size[1] / 2, 0, 1])[:3]


def _brush() -> np.ndarray:
    guide = Guide("demo")
    scene = guide.walk.scene
    guide.do(c.MakeNoise(scene.new_id(), "pink", 7), c.MakeNoise(scene.new_id(), "checkerboard", 2))
    guide.place("brick-1")
    stroke = tuple((0.2 + 0.03 * i, 0.5 + 0.28 * float(np.sin(i / 3))) for i in range(21))
    guide.do(c.SetTool("paint", 0.06, (250, 190, 40)), c.Brush("paint", stroke, 0.06, (250, 190, 40)))
    guide.do(c.Brush("occlude", ((0.3, 0.85), (0.75, 0.85)), 0.09), c.ShowPanel("pictures", True))
    guide.look((-0.3, 1.65, -0.9), (-1.15, 1.35, -4.0))
    return guide.photograph()


def _carried() -> np.ndarray:
    guide = Guide("demo")
    scene = guide.walk.scene
    copy = scene.new_id()
    guide.place("cat-1")
    guide.do(c.CopyMap(copy, guide.id("conv1"), 1))
    for picture, x, turn in ((copy, -0.75, 0.25), (guide.picture("retina-1"), -0.1, 0.05)):
        pose = pose_of(walker_matrix(np.array([x, 1.3, -1.7]), turn, 0.0))
        guide.do(c.PinPicture(scene.new_id(), picture, pose, 0.5))
    note = pose_of(walker_matrix(np.array([-0.42, 1.12, -1.65]), 0.15, 0.0))
    guide.do(c.AddNote(scene.new_id(), "Both have edges.\nWhich maps tell them apart?", note))
    guide.look((0.1, 1.65, 0.9), (0.5, 1.4, -3.0))
    wanted = guide.picture("coffee-1")
    quad = dict(shelf_pictures(scene))[wanted]
    guide.point(_middle(quad), False)
    guide.point(_middle(quad), True)
    guide.point(np.array([0.85, 1.2, -2.0]), True)
    assert guide.walk.pointing.carried == wanted
    return guide.photograph()


def _walls() -> np.ndarray:
    guide = Guide("demo")
    guide.place("brick-1")
    first, second, third = (guide.id(n) for n in ("conv1", LAYER, "layer1.0.conv2"))
    guide.do(c.MoveWall(first, (-0.7, 0.7, -9.6), 0.35, 1.0), c.PlaceBeside(second, first))
    x, y, z = (float(v) for v in guide.network.world_from_wall()[second][:3, 3])
    guide.do(c.MoveWall(second, (x + 0.5, y, z + 0.4), -0.3, 1.5), c.SetChannels(second, "mean"))
    guide.do(*(c.HideWall(layer) for layer in range(third, third + 4)), c.ShowPanel("scene", True))
    guide.look((0.7, 1.9, -4.5), (-0.1, 1.45, -9.0))
    return guide.photograph()


def _block() -> np.ndarray:
    guide = Guide("demo", detail="blocks")
    guide.place("coins-1")
    wall = next(layer for layer in guide.network.graph.layers if layer.module == "layer2.0")
    guide.do(c.OpenBlock(wall.id))
    z = float(np.mean([guide.network.world_from_wall()[i][2, 3] for i in range(wall.id, wall.id + 3)]))
    return guide.view((3.4, 3.4, z + 8.0), (0.4, 1.2, z - 1.0))


def _map_panel() -> np.ndarray:
    guide = Guide("demo")
    guide.place("brick-1")
    layer = guide.id(LAYER)
    guide.do(c.FindTop(layer), c.SelectMap(layer, 2), c.SetChannels(layer, "variance"), c.SetLimits(layer, 0.4, 1.6))
    assert isinstance(guide.network.findings.top[layer], TopPictures)
    parts = [guide.panel("map")]
    for name in ("Order", "Kernels", "Top", "Layer"):
        guide.tab(name)
        guide.frames(10)
        parts.append(guide.panel("map"))
    return _beside(parts)


def _panels() -> np.ndarray:
    guide = Guide("demo")
    guide.place("tissue-1")
    guide.place("coffee-1")
    parts = []
    for name in ("pictures", "scene"):
        guide.do(c.ShowPanel(name, True))
        parts.append(guide.panel(name, 530))
    guide.do(c.ShowPanel("result", True), c.Evaluate())
    assert isinstance(guide.network.findings.evaluation, Evaluation)
    parts.append(guide.panel("result"))
    x, y, *_ = guide.walk.ui.place("result")
    guide.click(x + RESULT_TAB[0], y + RESULT_TAB[1])
    parts.append(guide.panel("result"))
    guide.do(c.ShowPanel("where", True))
    parts.append(guide.panel("where"))
    return _beside(parts)


def _field() -> np.ndarray:
    guide = Guide("demo")
    guide.place("coffee-1")
    guide.walk.engine.field(guide.id("layer2.0.conv2"), 3, 10, 12)
    guide.frames()
    frame = _middle(frame_picture(guide.network))
    x, y, z = (float(v) for v in frame)
    return guide.view((x + 0.9, y + 0.25, z + 2.4), (x + 0.25, y, z))


def _segmentation() -> np.ndarray:
    guide = Guide(str(HERE / "nearest_colour.py"))
    guide.place("coffee-1")
    guide.do(c.ShowPanel("result", True))
    guide.look((-0.6, 1.65, -1.3), (-1.05, 1.35, -4.0))
    return guide.photograph()


def _light() -> np.ndarray:
    guide = Guide("demo", theme="light")
    guide.place("retina-1")
    guide.do(*(c.ShowPanel(name, True) for name in ("result", "display", "where")), c.SelectMap(guide.id("conv1"), 5))
    return guide.photograph()


PICTURES: dict[str, Callable[[], np.ndarray]] = {
    "hands-brush": _brush,
    "hands-carried": _carried,
    "hands-walls": _walls,
    "hands-block": _block,
    "hands-field": _field,
    "panel-map": _map_panel,
    "panels": _panels,
    "panels-light": _light,
    "segmentation": _segmentation,
}


def main(folder: str, *names: str) -> None:
    """Save the pictures of these names, or all of them; those of the whole window are made smaller."""
    for name in names or PICTURES:
        path = Path(folder) / f"{name}.png"
        made = Image.fromarray(PICTURES[name]())
        if made.size == SIZE:
            made = made.resize(SAVED, Image.Resampling.LANCZOS)
        save_png(np.asarray(made.quantize(256).convert("RGB")), path)
        print(path, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
