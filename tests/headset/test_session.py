"""The life of a session: from its first state to its last, with a model that takes its time, and losing things."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from visit import Visit, until

START = ["IDLE", "READY", "SYNCHRONIZED", "VISIBLE", "FOCUSED"]
END = ["VISIBLE", "SYNCHRONIZED", "STOPPING", "IDLE", "EXITING"]

MODEL = '''
import time
from pathlib import Path
import torch
from torch import nn

title = "Slow"
example = (3, 16, 16)
here = Path(__file__).parent


def wait_for(name, work=lambda: time.sleep(0.01)):
    """Work until the test lets it go on."""
    (here / f"waits for {name}").touch()
    while not (here / name).exists():
        work()


wait_for("load")


class Slow(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        if bool(x.mean() > 0.99):
            raise ValueError("too bright for me")
        if bool(x.mean() > 0.5):
            much = torch.rand(1, 3, 256, 256)
            wait_for("run", lambda: self.conv(much))
        return torch.relu(self.conv(x)).mean((2, 3))


def model():
    return Slow()
'''


def test_states_come_in_the_order_of_the_specification(remote) -> None:
    visit = Visit()
    visit.wear()
    visit.frames(3)
    assert visit.input.head is not None and visit.host.name == "headset"
    visit.close()
    assert list(visit.host.states) == START + END


def test_frames_that_were_left_open_are_closed(remote) -> None:
    visit = Visit()
    visit.wear()
    for _ in range(3):
        visit.host.poll()
        assert visit.host.begin(np.eye(4, dtype=np.float32), visit.world_from_play)
        visit.frame()  # the frame before was never ended
        visit.host.poll()
        visit.frame()  # nor even begun
    visit.wear()
    visit.close()
    assert list(visit.host.states) == START + END


# -- a walk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model file that waits for files of these names: load, run."""
    (tmp_path / "slow.py").write_text(MODEL)
    return tmp_path


@pytest.fixture
def slow(folder: Path, remote) -> Iterator:
    """A walk through that model, in the headset."""
    from walkbox.app.walk import Walk
    from walkbox.config import Settings
    from walkbox.hosts.headset.host import HeadsetHost
    from walkbox.hosts.offscreen import OffscreenHost

    host = HeadsetHost(OffscreenHost((320, 200), samples=1), Settings(msaa=1))
    with Walk(str(folder / "slow.py"), host, panels=True, settings=host.settings) as walk:
        try:
            until(lambda: host.rendered > 0, walk.frame, "the headset never showed the walk")
            yield walk
        finally:
            (folder / "load").touch()
            (folder / "run").touch()


def goes_on(walk) -> None:
    """The headset gets frame after frame."""
    goal = walk.host.rendered + 15
    until(lambda: walk.host.rendered >= goal, walk.frame, "the headset's frames stopped")


def loaded(walk, folder: Path) -> None:
    (folder / "load").touch()
    until(lambda: walk.network() is not None and not walk.network().busy, walk.frame, "the model was not loaded")


def show_grey(walk, grey: int) -> None:
    """Run the model on a plain picture."""
    from walkbox.commands import PlacePicture

    walk.do(PlacePicture(walk.scene.add_picture(np.full((16, 16, 3), grey, np.uint8), f"{grey}.png").id))


def test_frames_go_on_while_the_model_loads_runs_and_fails(slow, folder: Path) -> None:
    assert (folder / "waits for load").exists() and slow.network() is None
    goes_on(slow)
    loaded(slow, folder)
    show_grey(slow, 200)
    until((folder / "waits for run").exists, slow.frame, "the model never ran")
    goes_on(slow)
    assert slow.network().busy
    (folder / "run").touch()
    until(lambda: not slow.network().busy, slow.frame, "the run never ended")
    show_grey(slow, 255)
    told = lambda: any("too bright for me" in notice.text for notice in slow.ui.notices)  # noqa: E731
    until(told, slow.frame, "the failure was not told")
    goes_on(slow)
    assert slow.running and slow.failed is None


# -- losing things --------------------------------------------------------------------------------------------------


def test_another_program_takes_the_focus_and_gives_it_back(slow, folder: Path, monado) -> None:
    loaded(slow, folder)
    host, network = slow.host, slow.network()
    seen, inputs = [], []
    poll = host.poll
    host.poll = lambda: inputs.append(poll()) or inputs[-1]
    until(lambda: bool(inputs and inputs[-1].hands), slow.frame, "no hands")
    with monado.second():
        until(lambda: host.states[-1] == "SYNCHRONIZED", slow.frame, "the focus was not lost")
        del inputs[:]
        until(lambda: host.name != "headset", slow.frame, "the walk never went to the desk")
        before = host.rendered
        for _ in range(20):
            slow.frame()
        assert host.rendered == before  # nothing is rendered that nobody sees
        assert all(input.hands == () for input in inputs) and inputs[-1].head is None
        seen.append(slow.host.read_pixels())
    until(lambda: host.states[-1] == "FOCUSED", slow.frame, "the focus did not come back")
    goes_on(slow)
    assert len(inputs[-1].hands) == 2 and inputs[-1].head is not None
    assert list(host.states) == [*START, "VISIBLE", "SYNCHRONIZED", "VISIBLE", "FOCUSED"]
    assert slow.running and slow.network() is network
    assert seen[0].shape == (200, 320, 3) and seen[0].std() > 5  # the desk showed the walk meanwhile


def test_a_killed_runtime_is_left_and_found_again(slow, folder: Path, monado) -> None:
    loaded(slow, folder)
    host, network = slow.host, slow.network()
    until(lambda: not slow.renderer.pending, slow.frame, "values were not uploaded")
    textures = slow.renderer.counters.texture_bytes
    monado.kill()
    for _ in range(30):
        slow.frame()
    assert host.name == "offscreen" and host.why.startswith("No headset: ")
    assert slow.host.read_pixels().std() > 5
    monado.start()
    before = host.rendered
    until(lambda: host.rendered > before, slow.frame, "the headset did not come back")
    goes_on(slow)
    assert host.name == "headset" and not host.why
    assert list(host.states)[-5:] == START
    assert slow.running and slow.network() is network and not slow.renderer.pending
    assert slow.renderer.counters.texture_bytes == textures > 0


def test_a_walk_that_starts_without_a_runtime_gets_the_headset_later(monado, remote) -> None:
    monado.kill()
    visit = Visit()
    visit.frames(5)
    until(lambda: bool(visit.host.why), visit.frame, "nobody said why there is no headset")
    assert visit.host.name == "offscreen" and visit.targets == 1
    monado.start()
    visit.wear()
    visit.close()
    assert list(visit.host.states) == START + END


def test_without_a_headset_a_required_one_is_refused(monado, remote) -> None:
    from walkbox.errors import HostError

    monado.kill()
    with pytest.raises(HostError, match=r"^No headset: "):
        Visit(required=True)


# -- nothing is left behind -----------------------------------------------------------------------------------------


def left_behind(ctx) -> dict[str, int]:
    """What this process holds now: GL objects of each kind, threads of Python's and of the system, open files."""
    from OpenGL import GL

    ctx.finish()
    kinds = ("Texture", "Renderbuffer", "Framebuffer", "Buffer", "VertexArray", "Program", "Shader", "Query", "Sampler")
    counts = {kind: sum(getattr(GL, f"glIs{kind}")(name) for name in range(1, 3000)) for kind in kinds}
    process = psutil.Process()
    return counts | {"threads": threading.active_count(), "tasks": process.num_threads(), "files": process.num_fds()}


@pytest.mark.parametrize("desk", ["offscreen", "desktop"])
def test_twenty_starts_and_stops_leave_nothing_behind(remote, desk: str) -> None:
    from walkbox.config import Settings
    from walkbox.hosts.desktop import DesktopHost
    from walkbox.hosts.headset.host import HeadsetHost
    from walkbox.hosts.offscreen import OffscreenHost

    kept = OffscreenHost((64, 48)) if desk == "offscreen" else DesktopHost(Settings(msaa=4), swap_interval=0)
    close, kept.close = kept.close, lambda: None  # the context outlives the sessions
    hung = np.eye(4, dtype=np.float32)
    counts, resident = [], []
    try:
        for _ in range(25):  # the first ones make what is made once
            host = HeadsetHost(kept, Settings(msaa=4), required=True)
            while host.rendered < 3:
                host.poll()
                for target in host.begin(hung, hung):
                    target.framebuffer.clear()
                if host.name == "headset":
                    host.panel_layer(hung, (1, 1), (64, 64))
                host.end()
            host.close()
            assert list(host.states) == START + END
            gc.collect()
            resident.append(psutil.Process().memory_info().rss)
            if len(resident) in (5, 25):
                counts.append(left_behind(kept.ctx))
        assert counts[0] == counts[1]
        assert np.median(resident[-5:]) - np.median(resident[8:13]) < 4 << 20
    finally:
        close()
