"""Exports, compared with what hooks, torch and numpy say independently."""

from __future__ import annotations

import csv
import hashlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

import cmap
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from walkbox.capture.digest import digest
from walkbox.capture.recorder import record
from walkbox.capture.spec import ModelSpec
from walkbox.engine.exporting import Exporter
from walkbox.engine.inputs import prepare
from walkbox.errors import LayerNotFoundError, UsageError, WalkboxError
from walkbox.export import KINDS, ExportJob, check_kinds, chosen
from walkbox.scene.display import Display

ALL = tuple(KINDS)
NAN, INF, EMPTY = (242, 64, 217), (255, 217, 26), (21, 26, 35)


def exporter(spec: ModelSpec, job: ExportJob, pixels: np.ndarray | None = None, detail: Any = "layers") -> Exporter:
    inputs = (spec.args, spec.kwargs) if pixels is None else prepare(pixels, spec)[:2]
    recording = record(spec.model, *inputs)
    return Exporter(job, spec, recording, recording.graph(detail, spec.title), inputs, pixels)


def export(model: nn.Module, folder: Path, *args: torch.Tensor, **options: Any) -> Export:
    fields = {key: options.pop(key) for key in ("classes", "mean", "std") if key in options}
    pixels, detail = options.pop("pixels", None), options.pop("detail", "layers")
    options.setdefault("what", ALL)
    spec = ModelSpec(model.eval(), "Model", args, **fields)
    assert exporter(spec, ExportJob(folder, **options), pixels, detail).work()
    return Export(folder)


class Export:
    """An export as a reader finds it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.layers = {layer["name"]: layer for layer in self.manifest["layers"]}

    def picture(self, kind: str, layer: str, name: str) -> np.ndarray:
        path = self.folder / "network0" / kind / f"layer{self.layers[layer]['id']}" / f"{name}.png"
        with Image.open(path) as image:
            assert image.mode == "RGB"
            return np.array(image)

    def pictures(self, layer: str, kind: str = "Activation") -> list[str]:
        folder = self.folder / "network0" / kind / f"layer{self.layers[layer]['id']}"
        return sorted(path.stem for path in folder.iterdir())

    def arrays(self, kind: str, layer: str) -> dict[str, np.ndarray]:
        with np.load(self.folder / "network0" / kind / f"layer{self.layers[layer]['id']}.npz") as arrays:
            return dict(arrays)

    def values(self, layer: str) -> np.ndarray:
        return self.arrays("Values", layer)["values"]

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def hashes(self) -> dict[str, str]:
        return {entry["path"]: entry["sha256"] for entry in self.manifest["files"]}


def painted(values: np.ndarray, low: float, high: float, colormap: str) -> np.ndarray:
    """Colours by cmap itself."""
    place = np.floor(np.clip((values.astype(np.float64) - low) / (high - low), 0, 1) * 255 + 0.5).astype(int)
    colours = np.asarray(cmap.Colormap(colormap)(place / 255.0))[..., :3]
    return (colours * 255 + 0.5).astype(np.uint8)


def seen(model: nn.Module, *args: torch.Tensor) -> dict[str, np.ndarray]:
    """What each module returned, copied by hooks before anything overwrites it."""
    found: dict[str, np.ndarray] = {}
    hooks = [
        module.register_forward_hook(lambda m, a, out, name=name: found.update({name: out.detach().clone().numpy()}))
        for name, module in model.named_modules()
    ]
    with torch.no_grad():
        model.eval()(*args)
    for hook in hooks:
        hook.remove()
    return found


class Overwriting(nn.Module):
    """The values of ``first`` and ``second`` are overwritten after they were made."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1, groups=2)
        self.head = nn.Linear(6, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        x.mul_(2)
        y = self.second(x)
        y += x
        return self.head(y.mean((2, 3)))


INPUT = torch.randn(1, 3, 9, 11, generator=torch.Generator().manual_seed(4))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_a_png_is_what_a_hook_saw_a_pixel_a_value(folder: Path) -> None:
    model = Overwriting()
    truth = seen(model, INPUT)
    found = export(model, folder, INPUT, detail="ops")
    for name in ("first", "second"):
        values = truth[name]
        reach = np.abs(np.percentile(values.astype(np.float64), [1, 99])).max()
        for channel in range(6):
            expected = painted(values[0, channel], -reach, reach, "crameri:berlin")
            got = found.picture("Activation", name, str(channel))
            assert got.shape == (9, 11, 3)
            # A value on the border of two colours may fall to either side by float32's rounding of the range.
            assert (got == expected).all(axis=-1).mean() > 0.98
            assert np.abs(got.astype(int) - expected).max() <= 8
        np.testing.assert_array_equal(found.values(name), values)
        assert found.layers[name]["range"] == pytest.approx([-reach, reach], rel=1e-6)


def test_the_tables_say_what_torch_says(folder: Path) -> None:
    model = Overwriting()
    found = export(model, folder, INPUT, detail="ops", what=("statistics", "values"))
    rows = {row["name"]: row for row in found.rows("layers.csv")}
    assert list(rows) == list(found.layers)
    for name, row in rows.items():
        values = torch.from_numpy(found.values(name)).double()
        assert float(row["minimum"]) == pytest.approx(float(values.min()), rel=1e-7)
        assert float(row["maximum"]) == pytest.approx(float(values.max()), rel=1e-7)
        assert float(row["mean"]) == pytest.approx(float(values.mean()), rel=1e-5, abs=1e-7)
        assert float(row["std"]) == pytest.approx(float(values.std(unbiased=False)), rel=1e-5)
        assert float(row["zeros"]) == float((values == 0).double().mean()) and float(row["not_finite"]) == 0
        for per_cent in (1, 5, 25, 50, 75, 95, 99):
            expected = float(torch.quantile(values, per_cent / 100))
            assert float(row[f"p{per_cent}"]) == pytest.approx(expected, rel=1e-6, abs=1e-7)
    maps = [row for row in found.rows("maps.csv") if row["name"] == "second"]
    values = torch.from_numpy(found.values("second"))[0].double().flatten(1)
    assert [row["channel"] for row in maps] == [str(k) for k in range(6)]
    assert [np.float32(row["minimum"]) for row in maps] == values.amin(1).tolist()
    assert [np.float32(row["maximum"]) for row in maps] == values.amax(1).tolist()
    assert [float(row["mean"]) for row in maps] == pytest.approx(values.mean(1).tolist(), rel=1e-5, abs=1e-7)
    assert [float(row["std"]) for row in maps] == pytest.approx(values.std(1, unbiased=False).tolist(), rel=1e-5)


def test_the_manifest_says_what_it_is_and_every_hash_is_right(folder: Path) -> None:
    model = Overwriting()
    pixels = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    spec = {"mean": (0.1, 0.2, 0.3), "std": (0.5, 0.5, 0.5), "classes": ("a", "b", "c", "d")}
    found = export(model, folder, INPUT, pixels=pixels, picture="dog", label="d", path="/x/dog.png", **spec)
    said = found.manifest
    assert said["format"] == "walkbox export 1" and said["what"] == list(ALL)
    assert said["model"]["weights_sha256"] == digest(model) and said["model"]["class"] == "Overwriting"
    assert said["model"]["parameters"] == sum(p.numel() for p in model.parameters())
    assert said["picture"] == {
        "name": "dog",
        "label": "d",
        "path": "/x/dog.png",
        "size_px": [40, 30],
        "strokes": 0,
        "pixels_sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
    }
    assert said["input"]["shape"] == [1, 3, 9, 11] and said["input"]["dtype"] == "float32"
    assert said["input"]["sha256"] == hashlib.sha256(found.values("input").tobytes()).hexdigest()
    assert said["input"]["mean"] == pytest.approx([0.1, 0.2, 0.3]) and said["input"]["std"] == [0.5] * 3
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {entry["path"] for entry in said["files"]} | {"manifest.json"}
    for entry in said["files"]:
        data = (folder / entry["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"]), entry["path"]
    with torch.no_grad():
        model.head.bias[0] += 1
    assert digest(model) != said["model"]["weights_sha256"]


def test_kernels_and_weights(folder: Path) -> None:
    model = Overwriting()
    found = export(model, folder, INPUT, what=("kernels", "weights", "sheet"))
    name = next(n for n in found.layers if n.startswith("second"))
    weight = model.second.weight.detach().numpy()  # (6, 3, 3, 3): 3 inputs of a group
    reach = np.abs(weight).max()
    assert found.layers[name]["kernel_range"] == pytest.approx([-reach, reach])
    for channel in range(6):
        got = found.picture("Kernel", name, str(channel))
        assert got.shape == (3, 11, 3)  # three side by side, a line between them
        for k in range(3):
            expected = painted(weight[channel, k], -reach, reach, "crameri:berlin")
            assert np.abs(got[:, 4 * k : 4 * k + 3].astype(int) - expected).max() <= 8
        assert (got[:, 3] == EMPTY).all() and (got[:, 7] == EMPTY).all()
    arrays = found.arrays("Weights", name)
    assert arrays.keys() == {"second.weight", "second.bias"}
    np.testing.assert_array_equal(arrays["second.weight"], weight)
    head = next(n for n in found.layers if n.startswith("head"))
    assert found.picture("Kernel", head, "3").shape == (2, 3, 3)  # six inputs, a value each
    assert (folder / "network0/Sheet" / f"layer{found.layers[name]['id']} kernels.png").is_file()


class Kinds(nn.Module):
    """A layer of every kind that there is."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.patch, self.token = nn.Conv2d(3, 8, 4, 4), nn.Parameter(torch.randn(1, 1, 8))
        self.norm, self.volume, self.signal = nn.LayerNorm(8), nn.Conv3d(1, 2, 3, padding=1), nn.Conv1d(1, 3, 5)
        self.head = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> Any:
        tokens = self.patch(x).flatten(2).transpose(1, 2)
        tokens = self.norm(torch.cat([self.token.expand(len(x), -1, -1), tokens], 1))
        volume = self.volume(x[:, None])
        signal = self.signal(x[:, 0, :1])
        wave = torch.fft.fft2(x)
        odd = torch.log(x)
        whole = (x > 0.5).to(torch.int64)
        brain = x.to(torch.bfloat16)
        nothing = x[:, :0] * 2
        return self.head(tokens[:, 0]), volume, signal, wave, odd, whole, brain, nothing, x.sum()


KINDS_INPUT = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(2))
CLASSES = ("hot dog", "a/c", "CON", "Hot Dog", "é" * 200)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Export:
    x = KINDS_INPUT.clone()
    x[0, 0, 0, 0], x[0, 0, 0, 1] = -1, 0  # log: NaN and -Inf
    folder = tmp_path_factory.mktemp("kinds") / "out"
    return export(Kinds(), folder, x, classes=CLASSES, detail="ops", depth=1.0)


def of_kind(export: Export, kind: str, op: str = "") -> str:
    return next(n for n, layer in export.layers.items() if layer["maps_kind"] == kind and op in layer["op"])


def test_class_tokens_stand_beside_their_grid_and_do_not_count_as_zeros(kinds: Export) -> None:
    name = of_kind(kinds, "tokens", "layer_norm")
    picture = kinds.picture("Activation", name, "7")
    assert picture.shape == (4, 6, 3)
    assert (picture[:, 1] == EMPTY).all() and (picture[1:, 0] == EMPTY).all() and (picture[0, 0] != EMPTY).any()
    values = kinds.values(name)
    assert values.shape == (1, 17, 8)
    row = next(r for r in kinds.rows("maps.csv") if r["name"] == name and r["channel"] == "7")
    assert float(row["minimum"]) == values[0, :, 7].min() and float(row["zeros"]) == 0
    assert float(row["mean"]) == pytest.approx(values[0, :, 7].mean(), rel=1e-4, abs=1e-6)


def test_outputs_are_named_like_their_classes_on_any_file_system(kinds: Export) -> None:
    name = of_kind(kinds, "strip", "linear")
    assert kinds.pictures(name) == sorted(["hot dog", "a_c", "_CON", "Hot Dog-2", "é" * 60])
    assert kinds.picture("Activation", name, "a_c").shape == (1, 1, 3)
    assert [row["label"] for row in kinds.rows("maps.csv") if row["name"] == name] == list(CLASSES)
    listed = [entry for entry in kinds.manifest["files"] if entry.get("layer") == kinds.layers[name]["id"]]
    assert [e["path"].split("/")[-1] for e in listed if e.get("channel") == 3 and e["kind"] == "activations"] == [
        "Hot Dog-2.png"
    ]
    assert kinds.picture("Kernel", name, "_CON").shape == (3, 3, 3)


def test_volumes_show_the_slice_that_was_asked_for_and_keep_all(kinds: Export) -> None:
    name = of_kind(kinds, "volume", "conv3d")
    values = kinds.values(name)
    assert values.shape == (1, 2, 3, 16, 16)
    row = next(r for r in kinds.rows("maps.csv") if r["name"] == name)
    assert float(row["maximum"]) == values[0, 0, 2].max()  # depth 1: the last one
    assert kinds.picture("Activation", name, "0").shape == (16, 16, 3)
    assert kinds.manifest["settings"]["depth"] == 1.0


def test_signals_scalars_whole_numbers_and_nothing(kinds: Export) -> None:
    signal = of_kind(kinds, "signal")
    assert kinds.picture("Activation", signal, "2").shape == (1, 12, 3)
    scalar = of_kind(kinds, "scalar")
    assert kinds.picture("Activation", scalar, "0").shape == (1, 1, 3) and kinds.values(scalar).shape == ()
    whole = next(n for n, layer in kinds.layers.items() if layer["dtype"] == "int64")
    assert kinds.values(whole).dtype == np.int64
    assert set(np.unique(kinds.values(whole))) == {0, 1}
    empty = of_kind(kinds, "none")
    assert kinds.values(empty).shape == (1, 0, 16, 16)
    assert not (kinds.folder / "network0/Activation" / f"layer{kinds.layers[empty]['id']}").exists()
    assert next(r for r in kinds.rows("layers.csv") if r["name"] == empty)["maps"] == "0"


def test_complex_values_stay_complex_and_show_their_magnitude(kinds: Export) -> None:
    name = next(n for n, layer in kinds.layers.items() if layer["dtype"] == "complex64")
    values = kinds.values(name)
    assert values.dtype == np.complex64
    row = next(r for r in kinds.rows("maps.csv") if r["name"] == name)
    assert float(row["maximum"]) == pytest.approx(np.abs(values[0, 0]).max(), rel=1e-6)


def test_bfloat16_becomes_float32_without_a_loss(kinds: Export) -> None:
    name = next(n for n, layer in kinds.layers.items() if layer["dtype"] == "bfloat16")
    values = kinds.values(name)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(torch.from_numpy(values).to(torch.bfloat16).float().numpy(), values)


def test_not_a_number_and_infinity_have_their_colours_and_are_counted(kinds: Export) -> None:
    name = of_kind(kinds, "maps", "log")
    picture = kinds.picture("Activation", name, "0")
    assert tuple(picture[0, 0]) == NAN and tuple(picture[0, 1]) == INF
    row = next(r for r in kinds.rows("maps.csv") if r["name"] == name)
    assert float(row["not_finite"]) == pytest.approx(2 / 256)
    assert np.isfinite(float(row["minimum"])) and np.isnan(kinds.values(name)[0, 0, 0, 0])


@pytest.mark.parametrize("scope", ["map", "model"])
@pytest.mark.parametrize("limits", ["extremes", "percentiles"])
def test_ranges_are_those_of_the_walls(folder: Path, scope: str, limits: str) -> None:
    from walkbox.engine.statistics import exact_statistics
    from walkbox.layout import arrange
    from walkbox.messages import Block
    from walkbox.scene.network import Network

    model, look = Overwriting(), {"scope": scope, "limits": limits}
    found = export(model, folder, INPUT, display=look, what=("activations", "values"))
    graph = record(model, (INPUT,), {}).graph("layers", "Model")
    network = Network(0, graph, arrange(graph, "linear"))
    network.display = Display().replace(**look)
    for layer in graph.layers:
        values = found.values(layer.name)[0]
        values = values.reshape(layer.maps.count, layer.maps.height, layer.maps.width).astype(np.float32)
        known = exact_statistics(values, network=0, run=1, layer=layer.id)
        network.show(Block(0, 1, layer.id, values.astype(np.float16), 1.0, known.minimum, known.maximum))
        network.describe(known)
    for layer in graph.layers:
        said = found.layers[layer.name]["range"]
        if scope == "model":
            assert said == network.ranges()[layer.id].tolist()
        else:
            assert said is None
            ends = network.map_ranges(layer.id)
            assert ends is not None
            values = found.values(layer.name)[0]
            last = layer.maps.count - 1
            expected = painted(
                values[last],
                *ends[last].tolist(),
                {"berlin": "crameri:berlin", "magma": "bids:magma"}[found.layers[layer.name]["colormap"]],
            ).reshape(layer.maps.height, layer.maps.width, 3)
            got = found.picture("Activation", layer.name, str(last))
            assert (got == expected).all(axis=-1).mean() > 0.98


def test_limits_set_by_hand_win(folder: Path) -> None:
    found = export(Overwriting(), folder, INPUT, limits={"head": (-7.0, 3.0)}, display={"colormap": "grey"})
    assert found.layers["head"]["range"] == [-7, 3] and found.layers["head"]["colormap"] == "grey"
    values = found.values("head")[0]
    expected = painted(values, -7, 3, "matplotlib:grey")
    got = np.array([found.picture("Activation", "head", str(k))[0, 0] for k in range(4)])
    assert np.abs(got.astype(int) - expected).max() <= 1


def test_pauses_change_nothing(tmp_path: Path) -> None:
    whole = export(Overwriting(), tmp_path / "whole", INPUT, display={"scope": "model"})
    model = Overwriting()
    passes = []
    model.register_forward_hook(lambda *_: passes.append(1))
    spec = ModelSpec(model.eval(), "Model", (INPUT,))
    one = exporter(spec, ExportJob(tmp_path / "out", what=ALL, display={"scope": "model"}))
    calls = 0
    chance = np.random.default_rng(5)
    while not one.work(lambda: chance.random() < 0.15):
        calls += 1
        assert calls < 500 and not (tmp_path / "out").exists()
    assert calls > 5
    assert Export(tmp_path / "out").hashes() == whole.hashes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "whole"]


def test_one_layer_at_a_time_is_in_memory(tmp_path: Path) -> None:
    layers = 24
    model = nn.Sequential(*(nn.Conv2d(4, 4, 1) for _ in range(layers)))
    x = torch.rand(1, 4, 256, 256)  # a layer is 1 MiB of float32
    spec = ModelSpec(model.eval(), "Model", (x,))
    one = exporter(spec, ExportJob(tmp_path / "out", what=("values", "activations", "statistics")))
    tracemalloc.start()
    assert one.work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20, f"{peak / (1 << 20):.1f} MiB"
    assert len(Export(tmp_path / "out").layers) == layers + 1


class Failing(Overwriting):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        self.second(x)
        raise ValueError("on purpose")


def test_a_model_that_raises_gives_what_it_had_computed(folder: Path) -> None:
    found = export(Failing(), folder, INPUT)
    assert list(found.layers) == ["input", "first", "second"]
    assert "on purpose" in found.manifest["model"]["error"]


class Fickle(Overwriting):
    flag = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.first(x)) if self.flag else self.first(x)
        return self.head(self.second(x).mean((2, 3)))


def test_a_model_that_goes_another_way_leaves_nothing(tmp_path: Path) -> None:
    model = Fickle()
    one = exporter(ModelSpec(model.eval(), "Model", (INPUT,)), ExportJob(tmp_path / "out", what=ALL))
    model.flag = True
    with pytest.raises(WalkboxError, match=r"another path .* Export again"):
        one.work()
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_is_said_before_anything_is_written(tmp_path: Path) -> None:
    spec = ModelSpec(Overwriting().eval(), "Model", (INPUT,))
    with pytest.raises(LayerNotFoundError, match="Did you mean 'second'"):
        exporter(spec, ExportJob(tmp_path / "out", ("secnd",)))
    with pytest.raises(LayerNotFoundError, match="'block"):
        exporter(spec, ExportJob(tmp_path / "out", ("block*",)))
    with pytest.raises(UsageError, match="Did you mean 'sheet'"):
        exporter(spec, ExportJob(tmp_path / "out", what=("sheets",)))
    assert list(tmp_path.iterdir()) == []


def test_names_and_patterns_choose_layers() -> None:
    graph = record(Overwriting().eval(), (INPUT,), {}).graph("ops", "Model")

    def names(*patterns: str) -> list[str]:
        return [layer.name for layer in chosen(graph, patterns)]

    assert names() == [layer.name for layer in graph.layers]
    assert names("second", "first") == names("[fs]*d", "f*t") == ["first", "second"]
    assert check_kinds(["values", "sheet", "values"]) == ("sheet", "values")


def test_of_many_small_maps_a_sheet_stays_small(folder: Path) -> None:
    found = export(nn.Conv2d(3, 5000, 3, stride=3), folder, INPUT, what=("sheet",))
    with Image.open(folder / "network0/Sheet/layer1.png") as image:
        assert max(image.size) < 4000 and image.size[0] * image.size[1] > 5000 * 144
    assert len(found.manifest["files"]) == 2


@pytest.mark.parametrize("transfer", ["linear", "log"])
def test_transfer(folder: Path, transfer: str) -> None:
    found = export(Overwriting(), folder, INPUT, display={"transfer": transfer, "limits": "extremes"})
    values = found.values("first")[0, 0]
    low, high = found.layers["first"]["range"]
    if transfer == "log":
        values, low, high = (np.sign(v) * np.log1p(np.abs(v)) for v in (values, low, high))
    got = found.picture("Activation", "first", "0")
    assert (got == painted(values, float(low), float(high), "crameri:berlin")).all(axis=-1).mean() > 0.98


@pytest.mark.parametrize("title", ["c", "backbone.layer1.0.conv2: kernels"])
def test_a_long_title_leaves_the_legend_its_room(title: str) -> None:
    from walkbox.sheet import BEHIND, LEGEND_PX, MARGIN_PX, Legend, contact_sheet

    legend = Legend(np.full((256, 3), 77, np.uint8), "-1", "1")
    sheet = contact_sheet([np.zeros((8, 8, 3), np.uint8)], ["0"], title, "a fact", legend)
    heading = sheet[: 2 * MARGIN_PX]
    left = sheet.shape[1] - MARGIN_PX - LEGEND_PX
    assert (heading[MARGIN_PX, left : left + LEGEND_PX] == 77).all()
    assert (heading[:, left - MARGIN_PX : left] == BEHIND).all()
    assert (heading[:, : left - MARGIN_PX] != BEHIND).any()


def test_a_model_that_takes_longer_than_a_turn_is_exported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from walkbox.engine import exporting
    from walkbox.findings import Exported
    from walkbox.messages import Message

    monkeypatch.setattr(exporting, "_TURN_S", 0.0)
    said: list[Message] = []
    one = exporter(ModelSpec(Overwriting().eval(), "Model", (INPUT,)), ExportJob(folder, display={"scope": "model"}))
    task = exporting.ExportTask(one, said.append, lambda: False)
    turns = 1
    while task.step():
        turns += 1
        assert turns < 500
    assert turns > 10
    assert [m.files for m in said if isinstance(m, Exported)] == [len(Export(folder).hashes()) + 1]
