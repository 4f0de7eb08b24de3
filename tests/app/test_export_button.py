"""The Export button of the scene panel in a whole walk: clicked for real, it ends with a notice and a folder."""

from __future__ import annotations

import json
import time
from collections import deque
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from walkbox.app.walk import Walk
from walkbox.commands import Command, Export
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.inputs import Input, UiEvent


class Mouse(OffscreenHost):
    """A host whose panels get what a test clicks, an event a frame."""

    def __init__(self) -> None:
        super().__init__((1000, 800), samples=1)
        self.events: deque[UiEvent] = deque()

    def poll(self) -> Input:
        return Input(dt_s=1 / 60, ui=[self.events.popleft()] if self.events else [])


def click(walk: Walk, x: float, y: float) -> None:
    assert isinstance(walk.host, Mouse)
    down, up = (UiEvent("button", button=0, down=down) for down in (True, False))
    walk.host.events.extend((UiEvent("move", x, y), down, up))
    while walk.host.events:
        walk.frame()
    walk.frame()


def test_the_button_exports_and_a_notice_says_where(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_documents_dir", lambda: str(tmp_path / "documents"))
    with Walk(str(model_file), Mouse(), panels=True) as walk:
        walk.settle(120)
        walk.ui.open = {"scene"}
        for _ in range(3):
            walk.frame()
        x, y, width, height = walk.ui.place("scene")
        asked: list[Command] = []
        carry_out = walk._command
        monkeypatch.setattr(walk, "_command", lambda commands: (asked.extend(commands), carry_out(commands)))
        # Down the panel: other buttons do what they do, the one that exports is among them.
        for at in np.arange(y + height * 0.2, y + height - 8, 8):
            if not any(isinstance(command, Export) for command in asked):
                click(walk, x + width / 2, float(at))
        deadline = time.monotonic() + 60
        while not (folders := [path for path in walk.saved if path.is_dir()]):
            walk.frame()
            assert time.monotonic() < deadline and not [n for n in walk.ui.notices if n.kind == "error"]
        folder = folders[0]
        assert folder.parent == (tmp_path / "documents/walkbox").resolve()
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert f"Exported {len(files)} files to {folder}" in [notice.text for notice in walk.ui.notices]
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        network = walk.network()
        assert network is not None and len(said["layers"]) == len(network.graph.layers)
        walk.ui.notices[:] = [notice for notice in walk.ui.notices if "Exported" in notice.text]
        walk.frame()
        shown = walk.host.read_pixels().astype(int)
        walk.ui.notices.clear()
        walk.frame()
        assert np.abs(shown - walk.host.read_pixels()).max(axis=-1).astype(bool).sum() > 3000  # it was to be read
