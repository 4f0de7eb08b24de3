"""A recording in a real window: it ends as it does without one, and the mouse does not disturb it."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from walkbox.app.recording import read_recording
from walkbox.app.replay import Player, replay_at_once
from walkbox.app.walk import Walk
from walkbox.config import Settings
from walkbox.hosts.offscreen import OffscreenHost

MODEL = """
import torch

model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.ReLU())
example = torch.linspace(0, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)
"""


def test_the_same_scene_in_a_window(display: str, tmp_path: Path) -> None:
    from walkbox.hosts.desktop import DesktopHost

    (tmp_path / "small.py").write_text(MODEL)
    lines = [
        {"walkbox recording": 1, "target": "small.py"},
        {"at": [0.5, 0.0, 0.5, 0.2, 0.0, 1.0, 1.65], "frame": 1, "s": 0.0},
        *(
            {"do": "MoveWall", "layer": 1, "position": [0.1 * n, 0.5, -3.0], "yaw": 0.0, "done": n == 9, "s": 0.02 * n}
            for n in range(10)
        ),
        {"do": "SetDisplay", "field": "colormap", "value": "viridis", "s": 0.3},
        {"do": "Undo", "s": 0.4},
        {"do": "SetLayout", "layout": "spiral", "s": 0.5},
        {"at": [0.0, 0.0, 1.0, 0.0, 0.1, 1.0, 1.65], "frame": 9, "s": 0.6},
    ]
    file = tmp_path / "session.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    recording = read_recording(file)
    with Walk(recording.target, OffscreenHost((160, 90))) as walk:
        replay_at_once(walk, recording)
        setup, pose = walk.scene.setup, walk.pose()
    assert setup.networks[0].walls == {} and setup.networks[0].layout == "spiral"  # a layout takes places with it
    host = DesktopHost(Settings(msaa=1), swap_interval=0)
    host._glfw.set_window_pos(host._window, 0, 0)
    with Walk(recording.target, host, panels=True, settings=recording.settings) as walk:
        walk.player = Player(recording, in_time=True)
        deadline = time.monotonic() + 60
        subprocess.run(["xdotool", "mousemove", "640", "360", "click", "1"], check=True)
        while not walk.player.finished:
            assert not walk.failed and time.monotonic() < deadline
            walk.frame()
        assert walk.scene.setup == setup and walk.scene.selected is None
        assert (walk.pose() == pose).all()
        assert any("The replay has ended." in notice.text for notice in walk.ui.notices)
