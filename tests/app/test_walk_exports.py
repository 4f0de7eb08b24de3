"""Exporting from the walk: the command, the notice, the default folder."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from PIL import Image

from walkbox.app.walk import Walk
from walkbox.colour import colours
from walkbox.commands import Export, SetDisplay, SetLimits
from walkbox.errors import UsageError, WalkboxError
from walkbox.hosts.offscreen import OffscreenHost


@pytest.fixture
def walk(model_file: Path):
    with Walk(str(model_file), OffscreenHost((320, 180))) as walk:
        walk.settle(120)
        yield walk


def exported(walk: Walk) -> Path:
    deadline = time.monotonic() + 60
    before = len(walk.saved)
    while len(walk.saved) == before:
        walk.frame()
        assert time.monotonic() < deadline and not [n for n in walk.ui.notices if n.kind == "error"]
    return walk.saved[-1]


def test_a_layer_is_exported_as_it_hangs_there(walk: Walk, tmp_path: Path) -> None:
    network = walk.network()
    assert network is not None and network.picture is not None
    conv = network.graph.layer("conv")
    walk.do(SetDisplay("colormap", "viridis"))
    walk.do(SetLimits(conv.id, 0.0, 0.25))
    out = tmp_path / "out"
    walk.do(Export((conv.id,), ("activations", "values"), str(out)))
    assert exported(walk) == out.resolve()
    # Four maps, an array and the manifest.
    assert [n.text for n in walk.ui.notices if "xport" in n.text] == [f"Exported 6 files to {out.resolve()}"]
    said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert said["picture"]["name"] == network.picture.name and said["picture"]["path"] == network.picture.path
    assert said["limits"] == {"conv": [0.0, 0.25]} and said["settings"]["colormap"] == "viridis"
    with np.load(out / f"network0/Values/layer{conv.id}.npz") as arrays:
        values = arrays["values"][0]
    for channel in range(4):
        with Image.open(out / f"network0/Activation/layer{conv.id}/{channel}.png") as image:
            np.testing.assert_array_equal(np.asarray(image), colours(values[channel], 0.0, 0.25, "viridis"))


def test_without_a_folder_it_goes_to_a_new_one_among_the_documents(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_documents_dir", lambda: str(tmp_path / "documents"))
    walk.do(Export((), ()))
    first = exported(walk)
    assert first.parent == (tmp_path / "documents/walkbox").resolve() and first.name.startswith("Small ")
    manifest = json.loads((first / "manifest.json").read_text(encoding="utf-8"))
    network = walk.network()
    assert network is not None and [e["name"] for e in manifest["layers"]] == [e.name for e in network.graph.layers]
    walk.do(Export((), ("statistics",)))
    assert exported(walk) != first


def test_wrong_words_are_refused_at_once(walk: Walk, tmp_path: Path) -> None:
    for command, said in (
        (Export((99,), ("values",)), "There is no layer 99"),
        (Export((), ("valves",)), "Did you mean 'values'"),
        (Export((), (), network=3), "no network 3"),
        (Export((), (), str(tmp_path / "a/b")), "Make it first"),
    ):
        with pytest.raises(UsageError, match=said):
            walk.do(command)
    with pytest.raises(WalkboxError, match="is not empty"):
        walk.do(Export((), (), str(tmp_path)))
