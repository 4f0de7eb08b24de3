"""The whole walk on the offscreen host: real model, real thread, real textures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from walkbox.app.walk import Walk
from walkbox.commands import (
    AddPictures,
    JumpToLayer,
    PlacePicture,
    Quit,
    Screenshot,
    SelectMap,
    SetDisplay,
    SetLayout,
    SetSetting,
)
from walkbox.errors import LayoutError, SettingsError
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.settings_file import SettingsKeeper, load

SIZE = (320, 180)


@pytest.fixture
def walk(model_file: Path):
    with Walk(str(model_file), OffscreenHost(SIZE)) as walk:
        walk.settle(120)
        assert walk.failed is None
        yield walk


def top_class(walk: Walk) -> str:
    network = walk.network()
    assert network is not None and network.prediction is not None
    return network.classes[int(network.prediction.probabilities.argmax())]


def test_the_first_picture_is_placed_and_classified(walk: Walk):
    network = walk.network()
    assert network is not None and network.picture is not None
    assert network.picture.name == "a dark"
    assert [walk.scene.shelf.name(p) for p in walk.scene.shelf] == ["a dark", "b bright"]
    assert top_class(walk) == "dark"


def test_another_picture_changes_the_class_and_the_maps(walk: Walk):
    network = walk.network()
    assert network is not None
    before = walk.photograph(walk.pose())
    ranges = network.maximum.copy()
    walk.do(PlacePicture(walk.scene.shelf[1]))
    walk.settle(60)
    assert top_class(walk) == "bright"
    assert (network.maximum != ranges).any()
    assert (walk.photograph(walk.pose()) != before).any()


def test_every_layer_is_drawn_from_the_newest_run(walk: Walk):
    walk.do(PlacePicture(walk.scene.shelf[1]))
    walk.settle(60)
    network = walk.network()
    assert network is not None
    assert set(network.shown_run) == {network.run}
    assert all(known is not None and known.run == network.run for known in network.statistics)


def test_a_model_that_raises_leaves_the_walk_going(walk: Walk, tmp_path: Path):
    from PIL import Image

    white = tmp_path / "white.png"
    Image.fromarray(np.full((20, 20, 3), 255, np.uint8)).save(white)
    walk.do(AddPictures((str(white),)))
    walk.settle(60)
    network = walk.network()
    assert network is not None
    assert "too bright for me" in (network.error or "")
    assert any("too bright for me" in notice.text for notice in walk.ui.notices)
    walk.do(PlacePicture(walk.scene.shelf[0]))
    walk.settle(60)
    assert network.error is None
    assert top_class(walk) == "dark"


def test_a_broken_picture_is_refused_with_its_reason(walk: Walk, tmp_path: Path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    count = len(walk.scene.pictures)
    walk.do(AddPictures((str(broken), str(tmp_path / "missing.png"))))
    walk.settle(60)
    assert len(walk.scene.pictures) == count
    said = " ".join(notice.text for notice in walk.ui.notices)
    assert "broken.png" in said


def test_selecting_a_map_brings_its_exact_values(walk: Walk):
    network = walk.network()
    assert network is not None
    layer = network.graph.layer("conv").id
    walk.do(SelectMap(layer, 2))
    walk.settle(60)
    assert walk.scene.selected == (0, layer, 2)
    reading = network.readings[layer]
    assert reading.values.dtype == np.float32 and reading.values.shape == (4, 16, 16)
    assert reading.statistics.maximum == pytest.approx(float(reading.values.max()))
    walk.do(SelectMap(None))
    assert walk.scene.selected is None


def test_layout_display_and_settings_change(walk: Walk):
    network = walk.network()
    assert network is not None
    linear = network.arrangement
    walk.do(SetLayout("spiral"))
    walk.settle(60)
    assert network.arrangement.layout == "spiral" and network.arrangement is not linear
    walk.do(SetDisplay("colormap", "viridis"))
    assert set(network.colormaps()) == {"viridis"}
    walk.do(SetSetting("fov_deg", 80.0))
    assert walk.settings.fov_deg == 80.0
    with pytest.raises(LayoutError, match="linear"):
        walk.do(SetLayout("liner"))
    with pytest.raises(SettingsError, match="fov_deg"):
        walk.do(SetSetting("fov", 80.0))


def test_jumping_stands_before_the_layer(walk: Walk):
    network = walk.network()
    assert network is not None
    layer = network.graph.layer("conv").id
    walk.do(JumpToLayer(layer))
    for _ in range(60):
        walk.host.poll = _still(0.05)  # type: ignore[method-assign]
        walk.frame()
    wall = network.world_from_wall()[layer]
    local = np.linalg.inv(wall) @ np.append(walk.walker.position, 1)
    assert 0.5 < local[2] < 30 and abs(local[0]) < 0.01


def _still(dt_s: float):
    from walkbox.inputs import Input

    return lambda: Input(dt_s=dt_s)


def test_screenshots_are_whole_files_and_never_overwrite(walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from PIL import Image

    import walkbox.app.execute as execute

    monkeypatch.setattr(execute.platformdirs, "user_pictures_dir", lambda: str(tmp_path))
    for _ in range(2):
        walk.do(Screenshot())
        walk.frame()
    assert len(set(walk.saved)) == 2
    for path in walk.saved:
        with Image.open(path) as image:
            assert image.size == SIZE
    assert sorted(p.name for p in (tmp_path / "walkbox").iterdir()) == sorted(p.name for p in walk.saved)


def test_quit_ends_the_loop(walk: Walk):
    walk.do(Quit())
    walk.run()  # would never return otherwise


def test_a_target_that_cannot_be_loaded_ends_the_walk(tmp_path: Path):
    with Walk(str(tmp_path / "nothing.py"), OffscreenHost(SIZE)) as walk:
        walk.settle(60)
        assert walk.failed is not None and "nothing.py" in walk.failed
        walk.run()  # ends at once


def test_closed_walks_leave_no_threads(model_file: Path):
    import threading

    before = threading.active_count()
    for _ in range(5):
        with Walk(str(model_file), OffscreenHost((64, 36))) as walk:
            walk.settle(60)
    assert threading.active_count() <= before


def test_settings_that_are_changed_survive_the_walk(model_file: Path, tmp_path: Path):
    file = tmp_path / "settings.toml"
    keeper = SettingsKeeper(file)
    with Walk(str(model_file), OffscreenHost(SIZE), settings=keeper.settings, keeper=keeper) as walk:
        walk.do(SetSetting("snap_deg", 30.0))
        walk.do(SetSetting("seated", True))
        with pytest.raises(SettingsError, match="turn"):
            walk.do(SetSetting("turn", "round"))
    again, problems = load(file)
    assert (again.snap_deg, again.seated, again.turn, problems) == (30.0, True, "snap", [])
