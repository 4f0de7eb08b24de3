"""A recorded session of the demo, with every tool in it, done again: the same scene, the same picture to the byte."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from walkbox import commands as c
from walkbox.app.recorder import Recorder, place_of, settings_of
from walkbox.app.recording import read_recording
from walkbox.app.replay import Player, replay_at_once
from walkbox.app.walk import Walk
from walkbox.config import Settings
from walkbox.errors import WalkboxError
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.inputs import Input
from walkbox.interaction.locomotion import Walker

SIZE = (320, 180)
POSE = (0.6, 1.1, 1.0, 0.0, 0.0, 0.0, 1.0)


def session(walk: Walk, photo: Path) -> Iterator[c.Command | None]:
    """The commands of a session; None is a moment in which everything settles."""
    scene, graph = walk.scene, walk.scene.networks[0].graph
    id = {name: graph.layer(name).id for name in ("features.0", "features.3")} if "features.0" in _names(walk) else {}
    first, second = list(id.values()) if id else (1, 3)
    noise, copied, cut, pinned, other, note, gone = (scene.new_id() for _ in range(7))
    yield c.SetDisplay("colormap", "viridis")
    yield c.SetDisplay("scope", "map")
    yield c.MakeNoise(noise, "pink", 3)
    yield c.CopyMap(copied, first, 2)
    yield c.CropPicture(cut, scene.shelf[-1], (0.2, 0.1, 0.7, 0.8))
    yield c.PlacePicture(scene.shelf[-2])
    for step in range(1, 5):
        points = tuple((0.2 + 0.1 * i, 0.3) for i in range(step + 1))
        yield c.Brush("paint", points, 0.08, (255, 200, 0), done=step == 4)
    yield c.Brush("blur", ((0.5, 0.7),), 0.2)
    yield c.SetTool("erase", 0.1)
    yield c.PinPicture(pinned, copied, POSE, 0.4)
    yield c.PinPicture(other, cut, (1.5, 1.0, 0.8, 0.0, 0.0, 0.0, 1.0), 0.3)
    yield c.MoveObject(pinned, (0.3, 1.3, 0.5, 0.0, 0.0, 0.0, 1.0), 0.7, done=False)
    yield c.MoveObject(pinned, (0.2, 1.3, 0.4, 0.0, 0.0, 0.0, 1.0), 0.8)
    yield c.RemoveObject(other)
    yield c.AddNote(note, "Edges", POSE)
    yield c.EditNote(note, "Edges, and their colours")
    yield c.SelectNote(note)
    yield c.AddNote(gone, "not for long", POSE)
    yield c.RemoveNote(gone)
    yield c.SetChannels(first, "mean")
    yield c.SetChannels(second, "similarity", like=1, dead=False)
    for low in (-0.5, -1.0, -2.0):
        yield c.SetLimits(first, low, 3.0, done=low == -2.0)
    for x in range(5):
        yield c.MoveWall(first, (1.0 + 0.2 * x, 0.5, -6.0), 0.2, 1.2, done=x == 4)
    yield c.AlignWall(first)
    yield c.PlaceBeside(second, first)
    yield c.HideWall(len(graph.layers) - 1)
    yield c.MoveWall(second, (0.0, 0.0, 0.0), 0.0)
    yield c.ResetWall(second)
    yield c.Undo()
    yield c.Undo()
    yield c.Redo()
    yield None
    yield c.SelectMap(first, 1)
    yield c.ScrollShelf(8)
    yield c.FilterShelf("")
    yield c.ShowPanel("help")
    yield c.CloseBoard()
    yield c.SetSetting("eye_height_m", 1.8)
    yield c.SetScale(2.0)
    yield c.ToggleFullscreen()
    yield c.ChooseDepth(0.7)
    yield c.AddPictures((str(photo),))
    yield None
    yield c.SetLayout("spiral")
    yield None
    yield c.OpenBlock(_composite(walk))
    yield None
    yield c.CloseBlock(_composite(walk))
    yield None
    yield c.Undo()
    yield None
    yield c.JumpToLayer(first)
    yield c.FollowEdge(first, "forward")
    yield c.JumpToPose((1.0, 0.0, 2.0), 0.1)
    yield c.Recentre()
    yield c.SelectMap(None)
    yield c.Quit()


def _names(walk: Walk) -> set[str]:
    return {layer.name for layer in walk.scene.networks[0].graph.layers}


def _composite(walk: Walk) -> int:
    """A layer that can be opened."""
    return next(layer.id for layer in walk.scene.networks[0].graph.layers if layer.parts > 1 and layer.module)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory):
    """A session, its file, and what there was at the end of it."""
    folder = tmp_path_factory.mktemp("session")
    photo = folder / "photo.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 50, 3), np.uint8)).save(photo)
    person = SimpleNamespace(perf_counter=itertools.count(0, 2.5).__next__)  # takes two minutes for all of it
    with pytest.MonkeyPatch.context() as patch, Walk("demo", OffscreenHost(SIZE)) as walk:
        patch.setattr("walkbox.app.recorder.time", person)
        walk.recorder = Recorder(folder / "session.jsonl", "demo", {}, walk.settings, SIZE)
        walk.settle(300)
        walk.host.poll = lambda: Input(dt_s=0.05)  # type: ignore[method-assign]
        done = set()
        for command in session(walk, photo):
            if command is None:
                walk.settle(300)
                continue
            done.add(type(command))
            if not isinstance(command, (c.MoveWall, c.SetLimits, c.Brush, c.MoveObject)):
                walk.settle(300)
            walk.do(command)
            walk.frame()
        for _ in range(30):
            walk.frame()
        walk.settle(300)
        assert not [n.text for n in walk.ui.notices if n.kind == "error"]
        end = walk.scene.setup, walk.pose(), walk.photograph(walk.pose())
    assert len(done) >= 40, len(done)
    assert read_recording(folder / "session.jsonl").events[-1].time_s >= 120
    return folder / "session.jsonl", end


def replayed(file: Path, files: Path | None = None) -> tuple:
    recording = read_recording(file)
    with Walk(recording.target, OffscreenHost(SIZE), settings=recording.settings) as walk:
        replay_at_once(walk, recording, files=files)
        assert not [n.text for n in walk.ui.notices if n.kind == "error"]
        return walk.scene.setup, walk.pose(), walk.photograph(walk.pose())


def test_a_replay_ends_as_the_session_did_and_two_are_equal(recorded):
    file, (setup, pose, picture) = recorded
    once, twice = replayed(file), replayed(file)
    assert once[0] == setup and (once[1] == pose).all()
    assert once[2].tobytes() == picture.tobytes()
    assert twice[0] == setup and twice[2].tobytes() == picture.tobytes()


def test_a_session_cut_short_is_replayed_up_to_there(recorded, tmp_path: Path):
    text = recorded[0].read_text()
    half = tmp_path / "half.jsonl"
    half.write_text(text[: text.index('"SetChannels"') + 5])
    recording = read_recording(half)
    line = text[: text.index("SetChannels")].count("\n") + 1
    assert len(recording.problems) == 1 and f"line {line}:" in recording.problems[0]
    assert {type(event.what).__name__ for event in recording.events} >= {"MakeNoise", "Brush", "AddNote", "Place"}


# -- small models ------------------------------------------------------------------------------------------------------


def test_places_come_back_to_the_bit(tmp_path: Path):
    walker = Walker((1.234567890123, 0.1, -3.3), 0.777777777777, -0.123456789)
    walker.scale = 2.5
    place = place_of(walker, 1.65)
    again = Walker()
    type(place).of_numbers(place.numbers).stand(again, 1.65)
    assert (again.world_from_view(1.65) == walker.world_from_view(1.65)).all()
    assert (again.position == walker.position).all() and again.scale == 2.5


def test_where_a_wearer_looked_from_is_seen_at_the_desk():
    from walkbox.geometry import walker_matrix

    walker = Walker((2.0, 0.0, 1.0), 0.4)
    walker.put_on(walker_matrix(np.array([0.3, 1.5, 0.2], np.float32), 0.2, -0.3))
    walker.resize(3.0)
    place = place_of(walker, 1.65)
    desk = Walker()
    place.stand(desk, 1.65)
    assert desk.world_from_view(1.65) == pytest.approx(walker.world_from_view(1.65), abs=1e-5)


def test_settings_that_are_not_the_default_are_kept():
    assert settings_of(Settings()) == {}
    assert settings_of(Settings(fov_deg=70.0, theme="light")) == {"fov_deg": 70.0, "theme": "light"}


def test_a_replay_in_time_waits_for_its_moments(model_file: Path, tmp_path: Path):
    file = tmp_path / "session.jsonl"
    recorder = Recorder(file, str(model_file), {}, Settings())
    recorder.close()
    with file.open("a") as more:
        more.write('{"do": "SetDisplay", "field": "colormap", "value": "viridis", "frame": 1, "s": 0.5}\n')
        more.write('{"do": "SetDisplay", "field": "colormap", "value": "magma", "frame": 2, "s": 1.5}\n')
    recording = read_recording(file)
    assert recording.target == str(model_file)
    with Walk(recording.target, OffscreenHost(SIZE)) as walk:
        walk.player = Player(recording, in_time=True)
        walk.host.poll = lambda: Input(dt_s=0.4)  # type: ignore[method-assign]
        seen = []
        walk.settle(60)
        for _ in range(8):
            walk.settle(60)
            walk.frame()
            seen.append(walk.scene.networks[0].display.colormap)
        assert seen == ["auto", *["viridis"] * 2, *["magma"] * 5]
        assert walk.player.finished


def test_what_writes_files_goes_into_the_folder_of_the_replay(model_file: Path, tmp_path: Path):
    file, folder = tmp_path / "session.jsonl", tmp_path / "out"
    folder.mkdir()
    elsewhere = tmp_path / "elsewhere.png"
    recorder = Recorder(file, str(model_file), {}, Settings())
    for command in (c.Screenshot(str(elsewhere)), c.SaveScene(str(tmp_path / "elsewhere.toml")), c.Quit()):
        recorder.command(command)
    recorder.close()
    recording = read_recording(file)
    for files, names in ((None, set()), (folder, {"Screenshot-1.png", "SaveScene-2.toml"})):
        with Walk(recording.target, OffscreenHost(SIZE)) as walk:
            replay_at_once(walk, recording, files=files)
            assert walk.running
        assert {path.name for path in folder.iterdir()} == names
    assert not elsewhere.exists() and not (tmp_path / "elsewhere.toml").exists()


def test_a_command_that_fails_again_is_said_with_its_line(model_file: Path, tmp_path: Path):
    file = tmp_path / "session.jsonl"
    recorder = Recorder(file, str(model_file), {}, Settings())
    for command in (c.MoveWall(99, (0, 0, 0), 0), c.SetDisplay("colormap", "viridis")):
        recorder.command(command)
    recorder.close()
    recording = read_recording(file)
    with Walk(recording.target, OffscreenHost(SIZE)) as walk:
        replay_at_once(walk, recording)
        assert any("Line 2 of the recording" in n.text and "no layer 99" in n.text for n in walk.ui.notices)
        assert walk.scene.networks[0].display.colormap == "viridis"


def test_recorders_flush_every_line_and_survive_a_full_disk(model_file: Path, tmp_path: Path):
    file = tmp_path / "session.jsonl"
    recorder = Recorder(file, "demo", {"layout": "spiral"}, Settings())
    recorder.command(c.Undo())
    assert file.read_text().count("\n") == 2  # before it is closed
    with pytest.raises(WalkboxError, match="exists already"):
        Recorder(file, "demo", {}, Settings())
    with pytest.raises(WalkboxError, match="Cannot write"):
        Recorder(tmp_path / "no" / "x", "demo", {}, Settings())

    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None: ...

    with Walk(str(model_file), OffscreenHost(SIZE)) as walk:
        walk.settle(60)
        walk.recorder = recorder
        assert recorder._file is not None
        recorder._file.close()
        recorder._file = Full()  # type: ignore[assignment]
        walk.do(c.Undo())
        walk.frame()
        walk.frame()
        assert [n.text for n in walk.ui.notices if "ends here" in n.text] == [
            f"The recording {file} ends here: No space left on device."
        ]
    assert dataclasses.asdict(read_recording(file))["options"] == {"layout": "spiral"}


def test_photographs_of_a_camera_lie_beside_the_recording(model_file: Path, tmp_path: Path, monkeypatch):
    from walkbox.app import made_pictures
    from walkbox.engine.pictures import LoadedPicture

    seen = np.random.default_rng(2).integers(0, 256, (24, 32, 3), np.uint8)
    monkeypatch.setattr(made_pictures, "take_frame", lambda camera: LoadedPicture(seen, "webcam"))
    file = tmp_path / "session.jsonl"
    with Walk(str(model_file), OffscreenHost(SIZE)) as walk:
        walk.recorder = Recorder(file, str(model_file), {}, walk.settings)
        walk.settle(60)
        taken = walk.scene.new_id()
        walk.do(c.TakeWebcam(taken))
        walk.settle(60)
        walk.frame()
        walk.do(c.PlacePicture(taken))
        walk.settle(60)
    monkeypatch.setattr(made_pictures, "take_frame", None)  # there is no camera any more
    assert (tmp_path / "session.pictures" / f"{taken}.png").is_file()
    recording = read_recording(file)
    with Walk(recording.target, OffscreenHost(SIZE)) as walk:
        replay_at_once(walk, recording)
        picture = walk.scene.networks[0].picture
        assert picture is not None and (picture.id, picture.name) == (taken, "webcam")
        assert (picture.pixels == seen).all()


def test_references_are_seen_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from walkbox.app.references import path_at, path_from, target_at, target_from

    (tmp_path / "models").mkdir()
    (tmp_path / "demo").mkdir()  # no target: demo is the one that comes with walkbox
    model = tmp_path / "models" / "net.py"
    model.write_text("")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "scenes" / "a.toml"
    assert target_from("models/net.py", file) == "../models/net.py"
    assert target_from(f"{model}:build", file) == "../models/net.py:build"
    for target in ("demo", "torchvision:resnet50", "package.module:name"):
        assert target_from(target, file) == target and target_at(target, file) == target
    (tmp_path / "scenes").mkdir()
    assert Path(target_at("../models/net.py:build", file).rpartition(":")[0]).samefile(model)
    assert path_at(path_from(model, file), file).samefile(model)


def test_who_wears_a_headset_stands_where_the_recording_says(model_file: Path, tmp_path: Path):
    from walkbox.geometry import walker_matrix

    file = tmp_path / "session.jsonl"
    Recorder(file, str(model_file), {}, Settings()).close()
    with file.open("a") as more:
        more.write('{"at": [1.5, 0.0, -2.0, 0.3, 0.0, 2.0, 1.65], "frame": 1, "s": 0.0}\n')
    head = walker_matrix(np.array([0.4, 1.5, -0.2], np.float32), 0.5, 0.1)
    with Walk(str(model_file), OffscreenHost(SIZE)) as walk:
        walk.settle(60)
        walk.player = player = Player(read_recording(file), in_time=True)
        player.act(walk, Input(dt_s=0.1, head=head))
        assert walk.walker.spot == pytest.approx([1.5, 0, -2]) and walk.walker.facing == pytest.approx(0.3)
        assert walk.walker.scale == 2.0 and walk.ui.worn
        for _ in range(100):  # the digest of the weights may still be on its way
            if not player.finished:
                walk.settle(60)
                player.act(walk, Input(dt_s=0.1, head=head))
        assert player.finished
        player.act(walk, Input(dt_s=0.1))
        assert walk.walker.head is None and not walk.ui.worn
        assert walk.walker.position == pytest.approx([1.5, 0, -2])
