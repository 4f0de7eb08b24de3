"""Panels drawn for real, without a screen, and clicked with a synthetic mouse."""

from __future__ import annotations

from collections.abc import Iterator

import hall
import numpy as np
import pytest

from walkbox.commands import Command
from walkbox.config import Settings
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.inputs import UiEvent
from walkbox.interaction.board import Board
from walkbox.render.panels import PanelRenderer
from walkbox.ui import panels
from walkbox.ui.places import BOARD_SCALE
from walkbox.ui.state import UiState

SIZE = (1280, 720)
TALL = (1600, 1000)


@pytest.fixture(scope="session")
def offscreen() -> Iterator[OffscreenHost]:
    host = OffscreenHost(SIZE, samples=1)
    yield host
    host.close()


class Desk:
    """A state, its panels, and a mouse."""

    def __init__(self, host: OffscreenHost, size: tuple[int, int] = SIZE):
        self.host = host
        self.panels = PanelRenderer(host.ctx)
        self.state = UiState(hall.scene(), Settings(), self.panels.picture, size_px=size, layouts=("linear", "spiral"))
        self.state.open = set()

    def frame(self, *events: UiEvent) -> list[Command]:
        """One frame, drawn for real."""
        self.panels.begin(self.state.size_px, 1 / 60, events, self.state.scale)
        commands = panels.draw(self.state)
        (target,) = self.host.begin(np.eye(4, dtype=np.float32))
        target.framebuffer.use()
        target.framebuffer.clear(0.2, 0.3, 0.4, 1.0)
        self.panels.draw(target.framebuffer)
        self.host.end()
        assert self.host.ctx.error == "GL_NO_ERROR"
        return commands

    def pixels(self) -> np.ndarray:
        return self.host.read_pixels()

    def move(self, x: float, y: float) -> list[Command]:
        return self.frame(UiEvent("move", x, y)) + self.frame()

    def click(self, x: float, y: float) -> list[Command]:
        found = self.move(x, y)
        found += self.frame(UiEvent("button", button=0, down=True))
        found += self.frame(UiEvent("button", button=0, down=False))
        return found + self.frame()

    def sweep(self, x: float, y0: float, y1: float, step: float = 9.0) -> list[Command]:
        """Click down a column; each command once, in order."""
        found: list[Command] = []
        for y in np.arange(y0, y1, step):
            found += [c for c in self.click(x, float(y)) if c not in found]
        return found

    def place(self, name: str) -> tuple[float, float, float, float]:
        return self.state.place(name)


@pytest.fixture(scope="session")
def board_host() -> Iterator[OffscreenHost]:
    host = OffscreenHost(Board().size_px, samples=1)
    yield host
    host.close()


@pytest.fixture
def board(board_host: OffscreenHost) -> Iterator[Desk]:
    """The same on the board of a headset."""
    made = Desk(board_host, Board().size_px)
    made.state.worn, made.state.scale = True, BOARD_SCALE
    made.frame()
    yield made
    made.panels.close()


@pytest.fixture
def desk(offscreen: OffscreenHost) -> Iterator[Desk]:
    made = Desk(offscreen)
    made.frame()
    yield made
    made.panels.close()


@pytest.fixture(scope="session")
def tall_host() -> Iterator[OffscreenHost]:
    host = OffscreenHost(TALL, samples=1)
    yield host
    host.close()


@pytest.fixture
def tall(tall_host: OffscreenHost) -> Iterator[Desk]:
    """A window with room for every panel without scrolling."""
    made = Desk(tall_host, TALL)
    made.frame()
    yield made
    made.panels.close()
