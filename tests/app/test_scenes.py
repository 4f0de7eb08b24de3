"""Scenes saved and opened on a real walk."""

from __future__ import annotations

import shutil
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest

from walkbox.app.scenes import read_scene
from walkbox.app.walk import Walk
from walkbox.commands import (
    AddNote,
    AddPictures,
    Brush,
    CloseBlock,
    CopyMap,
    LoadScene,
    MakeNoise,
    MoveWall,
    OpenBlock,
    PinPicture,
    PlacePicture,
    SaveScene,
    SetChannels,
    SetDisplay,
    SetLayout,
    SetLimits,
    Undo,
)
from walkbox.errors import WalkboxError
from walkbox.hosts.offscreen import OffscreenHost

SIZE = (240, 135)
POSE = (1.0, 1.2, -1.0, 0.0, 0.0, 0.0, 1.0)


def walking(model_file: Path, scene: Path | None = None) -> Walk:
    walk = Walk(str(model_file), OffscreenHost(SIZE))
    if scene is not None:
        walk.scenes.begin(scene, read_scene(scene) if scene.exists() else None)
    walk.settle(120)
    assert walk.failed is None
    return walk


def said(walk: Walk) -> str:
    return "\n".join(notice.text for notice in walk.ui.notices)


def arrange(walk: Walk) -> None:
    """Something of everything."""
    conv = walk.scene.networks[0].graph.layer("conv").id
    noise, copied = walk.scene.new_id(), walk.scene.new_id()
    walk.do(MakeNoise(noise, "pink", 7, (20, 20)))
    walk.do(CopyMap(copied, conv, 1))
    walk.settle(60)
    for command in (
        MoveWall(conv, (2.0, 0.4, -5.0), 0.4, 1.7),
        SetLimits(conv, -1.5, 2.5),
        SetDisplay("colormap", "viridis"),
        PinPicture(walk.scene.new_id(), copied, POSE, 0.5),
        PinPicture(walk.scene.new_id(), walk.scene.shelf[-1], POSE, 0.25),
        AddNote(walk.scene.new_id(), 'Look — "here"\nand there', POSE),
        PlacePicture(noise),
        Brush("paint", ((0.1, 0.1), (0.8, 0.6)), 0.1, (255, 0, 0)),
    ):
        walk.do(command)
    walk.settle(60)
    walk.do(SetChannels(conv, "mean"))
    walk.walker.jump((1.5, 0.0, 2.0), 0.3, -0.2)
    walk.settle(60)


def test_a_scene_comes_back_in_another_walk(model_file: Path, tmp_path: Path):
    file = tmp_path / "my scene.toml"
    with walking(model_file) as walk:
        arrange(walk)
        walk.do(SaveScene(str(file)))
        assert walk.saved == [file]
        setup, picture = walk.scene.setup, walk.photograph(walk.pose())
        order = walk.scene.networks[0].orders.copy()
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    assert document["model"]["target"] == "small.py" and len(document["model"]["weights"]) == 64
    assert [ref["file"] for ref in document["picture"].values() if "entry" in ref] == ["pictures/b bright.png"]
    assert len(list((tmp_path / "my scene.pictures").iterdir())) == 1  # the map; noise and files need none
    with walking(model_file, file) as again:
        assert again.scene.setup == setup
        assert {k: v.tolist() for k, v in again.scene.networks[0].orders.items()} == {
            k: v.tolist() for k, v in order.items()
        }
        assert (again.photograph(again.pose()) == picture).all()
        assert "Not everything" not in said(again)
        again.do(Undo())
        assert again.scene.setup == setup  # the walk began with it


def test_what_changed_is_saved_at_the_end_and_the_old_file_kept(model_file: Path, tmp_path: Path):
    file = tmp_path / "scene.toml"
    with walking(model_file, file) as walk:
        walk.do(SetDisplay("colormap", "viridis"))
    first = file.read_bytes()
    assert b"viridis" in first and not (tmp_path / "scene.toml.bak").exists()
    with walking(model_file, file):
        pass
    assert file.read_bytes() == first  # nothing was changed
    with walking(model_file, file) as walk:
        walk.do(SetDisplay("colormap", "magma"))
        walk.do(SaveScene())
        walk.do(SetDisplay("colormap", "cividis"))
    assert b"cividis" in file.read_bytes()
    assert (tmp_path / "scene.toml.bak").read_bytes() == first
    assert sorted(p.name for p in tmp_path.glob("*.toml*")) == ["scene.toml", "scene.toml.bak"]


def test_opening_a_scene_is_one_step(model_file: Path, tmp_path: Path):
    file = tmp_path / "scene.toml"
    with walking(model_file) as walk:
        before = walk.scene.setup
        arrange(walk)
        walk.do(SetLayout("spiral"))
        walk.settle(60)
        walk.do(SaveScene(str(file)))
        arranged = walk.scene.setup
        while walk.arranging.history.can_undo:
            walk.do(Undo())
        walk.settle(60)
        assert walk.scene.setup == before
        walk.do(LoadScene(str(file)))
        walk.settle(60)
        assert walk.scene.setup == arranged  # the same pictures: no second ones were made
        assert walk.scene.networks[0].arrangement.layout == "spiral"
        walk.do(Undo())
        walk.settle(60)
        assert walk.scene.setup == before and walk.scene.networks[0].arrangement.layout == "linear"
        assert "Undone: opened scene.toml" in said(walk)


def test_a_scene_of_another_model_with_pictures_that_are_gone(model_file: Path, tmp_path: Path):
    file = tmp_path / "scene.toml"
    with walking(model_file) as walk:
        arrange(walk)
        walk.do(SaveScene(str(file)))
    shutil.rmtree(tmp_path / "scene.pictures")
    (tmp_path / "pictures" / "b bright.png").unlink()
    other = tmp_path / "other.py"
    text = model_file.read_text(encoding="utf-8").replace('"Small"', '"Other"').replace("self.conv", "self.first")
    other.write_text(text, encoding="utf-8")
    with walking(other, file) as walk:
        deadline = time.monotonic() + 30
        while "other weights" not in said(walk) and time.monotonic() < deadline:  # their digest comes last
            walk.frame()
            time.sleep(0.01)
        notices = said(walk)
        assert "arranged for Small, and this is Other" in notices
        assert "is missing: scene.pictures/" in notices and "is missing: pictures/b bright.png" in notices
        assert "a layer that Other does not show: conv" in notices
        assert not walk.scene.setup.objects and len(walk.scene.setup.notes) == 1
        assert "conv" in walk.scene.setup.networks[0].walls  # kept for a model that has it
        assert walk.scene.networks[0].display.colormap == "viridis"
        assert "other weights" in notices
        walk.do(SaveScene(str(tmp_path / "second.toml")))
    assert read_scene(tmp_path / "second.toml").kept.setup.networks[0].walls["conv"].scale == 1.7


def test_files_that_are_no_scenes(model_file: Path, tmp_path: Path):
    broken, foreign = tmp_path / "broken.toml", tmp_path / "pyproject.toml"
    broken.write_text("version = = 1\n")
    foreign.write_text("[project]\nname = 'x'\n")
    with pytest.raises(WalkboxError, match=r"broken.toml is not TOML.*line 1"):
        read_scene(broken)
    with pytest.raises(WalkboxError, match="cannot be read"):
        read_scene(tmp_path / "none.toml")
    with walking(model_file) as walk:
        for file, words in ((broken, "not TOML"), (foreign, "no scene of walkbox")):
            before = file.read_bytes()
            with pytest.raises(WalkboxError, match=words):
                walk.do(SaveScene(str(file)))
            assert file.read_bytes() == before
        with pytest.raises(WalkboxError, match="not TOML"):
            walk.do(LoadScene(str(broken)))
        with pytest.raises(WalkboxError, match="Cannot write"):
            walk.do(SaveScene(str(tmp_path / "no" / "such" / "folder.toml")))
        assert list(tmp_path.glob("*.bak")) == []


def test_pictures_with_an_id_that_is_taken_get_another(model_file: Path, tmp_path: Path):
    file = tmp_path / "scene.toml"
    with walking(model_file) as walk:
        noise = walk.scene.new_id()
        walk.do(MakeNoise(noise, "uniform", 3, (16, 16)))
        walk.settle(60)
        walk.do(PlacePicture(noise))
        walk.do(SaveScene(str(file)))
        pixels = walk.scene.pictures[noise].pixels
    with walking(model_file) as walk:
        taken = walk.scene.new_id()
        assert taken == noise
        walk.do(MakeNoise(taken, "gaussian", 1, (16, 16)))
        walk.settle(60)
        walk.do(LoadScene(str(file)))
        walk.settle(60)
        network = walk.scene.networks[0]
        assert network.picture is not None and network.picture.id != taken
        assert (network.picture.pixels == pixels).all()
        count = len(walk.scene.pictures)
        walk.do(LoadScene(str(file)))
        walk.settle(60)
        assert len(walk.scene.pictures) == count


def test_a_picture_from_elsewhere_is_found_again(model_file: Path, tmp_path: Path):
    from PIL import Image

    elsewhere = tmp_path / "elsewhere" / "dot.png"
    elsewhere.parent.mkdir()
    Image.fromarray(np.full((16, 16, 3), 99, np.uint8)).save(elsewhere)
    file = tmp_path / "scene.toml"
    with walking(model_file) as walk:
        walk.do(AddPictures((str(elsewhere),)))
        walk.settle(60)
        walk.do(SaveScene(str(file)))
    assert 'file = "elsewhere/dot.png"' in file.read_text()
    with walking(model_file, file) as walk:
        network = walk.scene.networks[0]
        assert network.picture is not None and network.picture.name == "dot"
        assert (network.picture.pixels == 99).all()


def test_opened_blocks_and_detail_come_back(tmp_path: Path):
    file = tmp_path / "demo.toml"
    with Walk("demo", OffscreenHost(SIZE)) as walk:
        walk.settle(120)
        graph = walk.scene.networks[0].graph
        composite = next(layer for layer in graph.layers if layer.parts > 1 and layer.module)
        walk.do(OpenBlock(composite.id))
        walk.settle(120)
        before = {layer.name for layer in graph.layers}
        moved = next(layer for layer in walk.scene.networks[0].graph.layers if layer.name not in before)
        walk.do(MoveWall(moved.id, (3.0, 0.5, -8.0), 0.0, 2.0))
        walk.do(SetChannels(moved.id, "maximum"))
        walk.walker.jump((2.5, 0.0, -3.0), -0.4)
        walk.do(SaveScene(str(file)))
        setup, order = walk.scene.setup, walk.scene.networks[0].orders[moved.id].tolist()
        place, picture = walk.pose(), walk.photograph(walk.pose())
        # The wall is gone, what was done to it is kept.
        walk.do(CloseBlock(walk.scene.networks[0].graph.layer(composite.name).id))
        walk.settle(120)
        assert len(walk.scene.networks[0].graph.layers) == len(graph.layers)
        assert not walk.scene.networks[0].walls and moved.name in walk.scene.setup.networks[0].walls
        walk.do(Undo())
        walk.settle(120)
        again = walk.scene.networks[0]
        assert again.walls[again.graph.layer(moved.name).id].scale == 2.0
        assert again.orders[again.graph.layer(moved.name).id].tolist() == order
    with walking(Path("demo"), file) as walk:
        network = walk.scene.networks[0]
        assert walk.scene.setup == setup
        assert network.orders[network.graph.layer(moved.name).id].tolist() == order
        assert (walk.pose() == place).all()
        assert (walk.photograph(walk.pose()) == picture).all()
        detail = file.read_text().replace('detail = "layers"', 'detail = "blocks"')
        file.write_text(detail)
        count = len(network.graph.layers)
        walk.do(LoadScene(str(file)))
        walk.settle(120)
        assert network.graph.detail == "blocks" and len(network.graph.layers) < count
        walk.do(Undo())
        walk.settle(120)
        assert network.graph.detail == "layers" and walk.scene.setup == setup
