"""The hall seen in a headset: a host, a renderer and a scene made by hand, without a model thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import hall
import numpy as np

from walkbox.config import Settings
from walkbox.inputs import Input
from walkbox.messages import Block
from walkbox.scene.scene import Scene

__all__ = ["Visit", "until"]

LAYER, CHANNEL = 1, 5
"""The one map of the hall that is not black."""


def until(reached: Callable[[], bool], step: Callable[[], object], what: str, timeout_s: float = 30.0) -> None:
    """Take steps until something is reached; fail with *what* was not."""
    deadline = time.monotonic() + timeout_s
    while not reached():
        assert time.monotonic() < deadline, what
        step()


def lit_scene() -> tuple[Scene, Block]:
    """The hall where one map of one layer is bright all over and its others are black; and the values of that layer."""
    scene = hall.scene(readings=False)
    scene.networks[0].display = scene.networks[0].display.replace(colormap="viridis")
    maps = scene.networks[0].graph.layers[LAYER].maps
    values = np.zeros((maps.count, maps.height, maps.width), np.float16)
    values[CHANNEL] = 1.0
    return scene, Block(0, 1, LAYER, values, 1.0, 0.0, 1.0)


class Visit:
    """Somebody who stands in the play space at *world_from_play* and sees the hall.

    Args:
        desk: ``offscreen`` or ``desktop``.
    """

    def __init__(self, desk: str = "offscreen", **options):
        from walkbox.hosts.desktop import DesktopHost
        from walkbox.hosts.headset.host import HeadsetHost
        from walkbox.hosts.offscreen import OffscreenHost
        from walkbox.render.renderer import Renderer

        settings = Settings(msaa=1)
        if desk == "desktop":
            self.desk = DesktopHost(settings, swap_interval=0)
            self.desk._glfw.set_window_pos(self.desk._window, 960, 0)  # beside Monado's
        else:
            self.desk = OffscreenHost((320, 200), samples=1)
        self.host = HeadsetHost(self.desk, settings, **options)
        self.scene, block = lit_scene()
        self.network = self.scene.networks[0]
        self.renderer = Renderer(self.host.ctx, settings)
        self.renderer.sync(self.scene)
        for message in hall.blocks():
            self.renderer.accept(block if message.layer == LAYER else message)
        for shown in self.renderer.upload(1 << 30):
            self.network.show(shown)
        self.world_from_play = np.eye(4, dtype=np.float32)
        self.input = Input()
        self.targets = 0

    def frame(self) -> Input:
        """One frame, as the walk does it."""
        self.input = self.host.poll()
        self.renderer.sync(self.scene)
        targets = self.host.begin(np.eye(4, dtype=np.float32), self.world_from_play)
        for target in targets:
            self.renderer.draw(self.scene, target.view, target.framebuffer, target.hidden)
        self.targets = len(targets)
        self.host.end()
        return self.input

    def frames(self, count: int) -> None:
        for _ in range(count):
            self.frame()

    def wear(self) -> None:
        """Go on until the headset shows the walk."""
        seen = self.host.rendered
        until(lambda: self.host.rendered > seen, self.frame, "The headset never showed the walk")

    def stand_before(self, layer: int, away_m: float) -> None:
        """Put the play space's origin on the floor before a wall, its -z towards the wall."""
        wall = self.network.world_from_wall()[layer]
        self.world_from_play = wall.copy()
        self.world_from_play[:3, 3] += wall[:3, 2] * away_m
        self.world_from_play[1, 3] = 0

    def close(self) -> None:
        with suppress(Exception):
            self.renderer.release()
        self.host.close()
