"""The visitor of numbers (see demo.py):  visitor.py TARGET FOLDER PORT, where Monado can be opened.

Comes in, points at a map of the third wall and pulls the trigger, reads its panel, aims a teleport and lands. After
each step both eyes' pictures are left in FOLDER, at the end views.json too; and beside each other what a window and the
left eye show from one and the same pose.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from runtime.remote import Remote, pose

from walkbox.app.walk import Walk
from walkbox.cli.saved_views import save_views
from walkbox.config import Settings
from walkbox.files import save_png
from walkbox.hosts import choose
from walkbox.resources import asset
from walkbox.scene.viewpoints import in_front_of
from walkbox.view import Fov, View

EYE_M = 1.65
HAND = (0.22, 1.25, -0.35)
LAYER = 2
WINDOW_FOV_DEG = 50.0
GAP_PX = 24
PATIENCE_S = 120.0


class Visitor:
    """Wears the headset and holds both controllers."""

    def __init__(self, walk: Walk, remote: Remote, folder: Path):
        self.walk, self.remote, self.folder = walk, remote, folder
        remote.state.left.pose = pose(-0.24, 1.2, -0.45, yaw=-0.3, pitch=-0.3)
        self.look(0.0)
        self.reach((0, 0.9, -3))

    def frames(self, count: int = 6) -> None:
        for _ in range(count):
            self.walk.frame()

    def until(self, reached: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not reached():
            if self.walk.failed or time.monotonic() > deadline:
                raise SystemExit(f"visitor: {what} ({self.walk.failed})")
            self.walk.frame()

    def look(self, yaw: float, pitch: float = 0.0) -> None:
        self.remote.state.head = pose(0, EYE_M, 0, yaw=yaw, pitch=pitch)
        self.remote.send()

    def reach(self, target: tuple[float, float, float]) -> None:
        """Turn the right hand until its ray leads to a point of the play space."""
        x, y, z = np.subtract(target, HAND)
        yaw, pitch = math.atan2(-x, -z), math.atan2(y, math.hypot(x, z))
        self.remote.state.right.pose = pose(*HAND, yaw=yaw, pitch=pitch)
        self.remote.send()

    def reach_map(self, layer: int, channel: int) -> None:
        network = self.walk.network()
        assert network is not None
        x, y = network.arrangement.map_centres(layer, network.graph.layers[layer].maps.count)[channel]
        point = network.world_from_wall()[layer] @ np.array([x, y, 0, 1], np.float32)
        x, y, z, _ = np.linalg.inv(self.walk.walker.world_from_play().astype(np.float64)) @ point
        self.reach((x, y, z))
        self.frames()

    def pull(self) -> None:
        for value in (1.0, 0.0):
            self.remote.state.right.trigger = value
            self.remote.send()
            self.frames(3)

    def press(self, button: str) -> None:
        for down in (True, False):
            setattr(self.remote.state.right, f"{button}_click", down)
            self.remote.send()
            self.frames(3)

    def stick(self, right: float, forward: float) -> None:
        self.remote.state.right.stick = (right, forward)
        self.remote.send()
        self.frames(8)

    def save(self, name: str) -> None:
        self.frames()
        for side, (_, pixels) in zip(("left", "right"), self.walk.host.read_views(), strict=True):
            save_png(pixels, self.folder / f"{name}-{side}.png")
            print(self.folder / f"{name}-{side}.png", flush=True)


def quiet(walk: Walk) -> bool:
    """The model has run and everything it said has been shown."""
    return walk.network() is not None and walk.engine.idle and not walk.renderer.pending and not len(walk.mailbox)


def side_by_side(visitor: Visitor) -> Image.Image:
    """What a window and the left eye show from one pose of one walk; the part that both show is framed and compared."""
    walk: Any = visitor.walk
    hands = visitor.remote.state.left, visitor.remote.state.right
    before = [hand.pose for hand in hands]
    for hand in hands:
        hand.pose = pose(0, 1.0, 0.6, yaw=math.pi)  # behind the back
    visitor.remote.send()
    visitor.frames()
    for hand, where in zip(hands, before, strict=True):
        hand.pose = where
    view, seen = walk.host.read_views()[0]
    desk = walk.host.desk
    desk.settings = desk.settings.replace(fov_deg=WINDOW_FOV_DEG)
    for target in desk.begin(view.world_from_view):
        walk.renderer.draw(walk.scene, target.view, target.framebuffer)
    desk.end()
    shown = desk.read_pixels()

    part = Fov.symmetric(WINDOW_FOV_DEG, shown.shape[1] / shown.shape[0])
    box = box_of(part, view)
    eye = Image.fromarray(seen)
    cut = eye.resize((shown.shape[1], shown.shape[0]), Image.Resampling.BICUBIC, box=box)
    apart = np.abs(np.asarray(cut).astype(int) - shown).mean()
    print(f"window and left eye, where both look: {apart:.2f} of 255 grey levels apart on average")
    if apart > 3:
        raise SystemExit("visitor: window and left eye do not show the same")

    ImageDraw.Draw(eye).rectangle(box, outline=(255, 190, 60), width=3)
    # A headset's pixels need not be square; here they are shown so.
    across, upwards = (
        math.tan(b) - math.tan(a) for a, b in ((view.fov.left, view.fov.right), (view.fov.down, view.fov.up))
    )
    height, width = shown.shape[:2]
    eye = eye.resize((round(height * across / upwards), height), Image.Resampling.LANCZOS)
    made = Image.new("RGB", (width + GAP_PX + eye.width, height + 2 * GAP_PX), (24, 26, 30))
    made.paste(Image.fromarray(shown), (0, 0))
    made.paste(eye, (width + GAP_PX, 0))
    draw, font = ImageDraw.Draw(made), ImageFont.truetype(str(asset("fonts/Inter-Medium.otf")), 22)
    words = f"the window, {WINDOW_FOV_DEG:.0f} degrees high", "the left eye; framed: what the window shows"
    for x, line in zip((10, width + GAP_PX + 10), words, strict=True):
        draw.text((x, height + 10), line, (220, 224, 230), font)
    return made


def box_of(part: Fov, whole: View) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in pixels of the part of a view's picture that a smaller field of view shows."""
    width, height = whole.size_px
    left, right, up, down = (math.tan(getattr(whole.fov, side)) for side in ("left", "right", "up", "down"))
    across, upwards = width / (right - left), height / (up - down)
    xs = [(math.tan(angle) - left) * across for angle in (part.left, part.right)]
    ys = [(up - math.tan(angle)) * upwards for angle in (part.up, part.down)]
    return xs[0], ys[0], xs[1], ys[1]


def main(target: str, folder: Path, port: int) -> None:
    remote = Remote(lambda: port)
    settings = Settings(msaa=4)
    host = choose.open_host("headset", settings, mirror="eye")
    with Walk(target, host, panels=True, settings=settings) as walk:
        visitor = Visitor(walk, remote, folder)
        visitor.until(lambda: walk.host.name == "headset" and quiet(walk), "the model was never shown")
        visitor.frames(20)
        visitor.save("headset-entrance")
        network = walk.network()
        assert network is not None
        made = side_by_side(visitor)
        save_png(np.asarray(made), folder / "headset-and-desktop.png")
        position, yaw, _, _ = in_front_of(network, LAYER, WINDOW_FOV_DEG, 1.0)
        walk.walker.jump(position, yaw)
        visitor.frames()
        visitor.reach_map(LAYER, 5)
        visitor.save("headset-pointing")
        visitor.pull()
        visitor.until(lambda: walk.scene.selected, "the trigger selected no map")
        visitor.until(lambda: quiet(walk), "the map's panel was never filled")
        visitor.frames(20)
        visitor.save("headset")
        visitor.press("b")  # puts the board away
        visitor.reach((-1.3, 1.15, -2.0))
        visitor.stick(-0.4, 1.0)
        visitor.save("headset-teleport")
        visitor.stick(0.0, 0.0)
        save_views(walk.host, folder, target, [])
    remote.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
