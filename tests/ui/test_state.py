from __future__ import annotations

import itertools

import hall
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.commands import SelectMap, ShowPanel
from walkbox.config import Settings
from walkbox.graph import Layer, Maps, ModelGraph
from walkbox.messages import Progress
from walkbox.ui import places, style
from walkbox.ui.layers_panel import matching, narrowed, narrowing
from walkbox.ui.overlays import close_newest, pointed_text, source_texts, times_texts
from walkbox.ui.result_panel import top_classes
from walkbox.ui.state import PANELS, Memory, UiState


@pytest.fixture
def state() -> UiState:
    return UiState(hall.scene(), Settings(), lambda *_, **__: None)


@given(width=st.integers(1280, 5000), height=st.integers(720, 3000))
def test_no_panel_overlaps_another(width: int, height: int) -> None:
    found = places.on_screen(width, height)
    found["toolbar"] = (*found["toolbar"][:2], places.TOOLBAR - 8, found["toolbar"][3])
    for x, y, w, h in found.values():
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        assert w > 100 and h > 30
    for (a, p), (b, q) in itertools.combinations(found.items(), 2):
        if p == q and any({a, b} <= sharing for sharing in places.SHARING):
            continue  # one of them is open at a time
        if {a, b} <= {"help", "comfort", "where", "note"} and p == q and width < 1700:
            continue  # they share a place where it is narrow
        assert apart(p, q), f"{a} and {b} overlap at {width} x {height}"


def apart(p: places.Place, q: places.Place) -> bool:
    return p[0] + p[2] <= q[0] or q[0] + q[2] <= p[0] or p[1] + p[3] <= q[1] or q[1] + q[3] <= p[1]


def test_the_board_has_a_place_for_one_panel_beside_the_map_panel() -> None:
    width, height = 1280 / places.BOARD_SCALE, 800 / places.BOARD_SCALE
    found = places.on_board(width, height)
    found["toolbar"] = (*found["toolbar"][:2], found["strip"][0] - found["toolbar"][0], found["toolbar"][3])
    assert set(found) == {*places.on_screen(1280, 720), "strip"}
    assert len({found[name] for name in set(PANELS) - {"times"}}) == 1 and found["notices"] == found["map"]
    for x, y, w, h in found.values():
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
    for p, q in itertools.combinations(set(found.values()), 2):
        assert apart(p, q)


def test_both_themes_are_readable() -> None:
    def luminance(rgb) -> float:  # WCAG 2.1, relative luminance
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb[:3]]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for p in (style.DARK, style.LIGHT):
        for name in ("text", "faint", "accent", "good", "warning", "error"):
            light, dark = sorted((luminance(getattr(p, name)), luminance(p.window)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


def test_notices_go_and_errors_stay(state: UiState) -> None:
    state.say("a note")
    state.say("an error", "error")
    state.say("a note")
    assert [n.text for n in state.notices] == ["an error", "a note"]
    for _ in range(100):
        state.note_frame(0.1)
    assert [n.text for n in state.notices] == ["an error"]


def test_progress_replaces_and_ends(state: UiState) -> None:
    state.set_progress(Progress(0, 0, "loading", 1, 3))
    state.set_progress(Progress(0, 0, "recording", 0, 0))
    state.set_progress(Progress(0, 0, "loading", 2, 3))
    assert [(p.task, p.done) for p in state.progress] == [("recording", 0), ("loading", 2)]
    state.set_progress(Progress(0, 0, "loading", 3, 3))
    assert [p.task for p in state.progress] == ["recording"]


def test_frame_times(state: UiState) -> None:
    assert state.fps() == 0
    for _ in range(1000):
        state.note_frame(0.02)
    assert state.fps() == pytest.approx(50)
    assert len(state.frame_times_ms()) == 240


def test_panels_are_opened_closed_and_toggled(state: UiState) -> None:
    state.show_panel("help", None)
    assert "help" in state.open
    state.show_panel("help", True)
    assert "help" in state.open
    state.show_panel("help", None)
    assert "help" not in state.open


def test_on_the_board_one_panel_is_shown_at_a_time(state: UiState) -> None:
    def shown() -> list[str]:
        return [name for name in PANELS if state.shows(name)]

    state.show_panel("layers", True)
    state.show_panel("help", True)
    state.show_panel("times", True)
    assert shown() == ["layers", "times", "help"]
    state.worn = True  # the headset is put on: the newest is shown, and the frame times keep their own place
    assert shown() == ["times", "help"]
    state.show_panel("layers", None)  # a click in the toolbar
    assert shown() == ["layers", "times"]
    state.show_panel("comfort", None)
    state.show_panel("times", None)
    assert shown() == ["comfort"]
    assert close_newest(state) == ShowPanel("comfort", False)
    state.show_panel("comfort", False)
    assert shown() == [] and close_newest(state) is None
    state.open = {"display", "result"}
    assert shown() == ["result"]
    state.worn = False
    assert shown() == ["result", "display"]


def test_the_frame_times_tell_of_the_headset(state: UiState) -> None:
    assert times_texts(state) == []
    for _ in range(10):
        state.note_frame(0.02)
    state.gpu, state.memory_text = "A graphics card", "1 of 2 MiB of textures"
    assert times_texts(state) == ["50 fps", "median 20.0 ms", "worst 20 ms"]
    assert source_texts(state) == ["A graphics card", "model at rest", "1 of 2 MiB of textures"]
    state.headset, state.late_frames, state.time_left_s = "A headset, 90 Hz", 3, 0.0042
    state.uploaded_bytes = 3 << 19
    state.scene.networks[0].busy = True
    assert times_texts(state) == ["50 fps", "3 late", "median 20.0 ms", "worst 20 ms", "4.2 ms left"]
    assert source_texts(state) == ["A headset, 90 Hz", "model running", "1.5 MiB uploaded", "1 of 2 MiB of textures"]


def test_escape_closes_one_after_the_other(state: UiState) -> None:
    state.open = {"result", "help"}
    state.scene.selected = (0, 1, 2)
    assert close_newest(state) == SelectMap(None, network=0)
    state.scene.selected = None
    assert close_newest(state) == ShowPanel("help", False)
    state.open = set()
    assert close_newest(state) is None


def test_what_is_kept_is_made_anew_only_on_change() -> None:
    memory, made = Memory(), []
    for depends in ((1, "a"), (1, "a"), (2, "a"), (2, "a")):
        memory.keep("key", depends, lambda: made.append(1))
    array = np.zeros(3)
    for depends in ((array,), (array,), (array.copy(),)):
        memory.keep("other", depends, lambda: made.append(1))
    assert len(made) == 4


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("", None),
        ("layer1.0 conv", ["layer1.0.conv1", "layer1.0.conv2"]),
        ("ADD", ["layer1.0.add"]),
        ("24", ["layer1.0.conv1"]),
        ("nothing like it", []),
    ],
)
def test_the_filter_finds_names_ops_and_shapes(wanted: str, names: list[str] | None) -> None:
    graph = hall.graph()
    found = [layer.name for layer in matching(graph, wanted)]
    assert found == ([layer.name for layer in graph.layers] if names is None else names)


def test_words_narrow_the_layers_down() -> None:
    layers = list(hall.graph().layers)
    assert narrowing("", layers) == ["conv2d", "batch_norm", "relu", "layer1.", "layer2."]
    assert narrowing("layer1.", matching(hall.graph(), "layer1.")) == []  # three: the list shows them
    assert narrowing("", []) == []
    assert narrowed("", "layer1.") == "layer1."
    assert narrowed("layer1. conv", "layer1.0.") == "conv layer1.0."
    assert narrowed("conv", "relu") == "conv relu"


@pytest.mark.parametrize("blocks", [2, 12, 40])
def test_words_lead_to_a_list_that_can_be_overlooked(blocks: int) -> None:
    """Whatever layer one looks for: clicking words that belong to it leaves few, and always itself."""
    layers = [
        Layer(i, f"encoder.layers.{i // 6}.{part}.{i % 3}", ("linear", "softmax", "add")[i % 3], "", 0, (1, 4),
              "float32", Maps("strip", 4, 1, 1), ())
        for i in range(blocks * 6)
        for part in [("attention", "mlp")[i // 3 % 2]]
    ]  # fmt: skip
    graph = ModelGraph("encoder", "layers", tuple(layers), outputs=(0,))
    for layer in layers[:: max(1, len(layers) // 20)]:
        wanted, found = "", matching(graph, "")
        while words := [w for w in narrowing(wanted, found) if w in layer.name or w in layer.op.split("+")]:
            fewer = matching(graph, narrowed(wanted, words[-1]))
            assert layer in fewer and len(fewer) < len(found)
            wanted, found = narrowed(wanted, words[-1]), fewer
        assert layer in found and len(found) <= 5


def test_the_ten_most_probable_classes_come_in_order(state: UiState) -> None:
    network = state.scene.networks[0]
    top = top_classes(network)
    assert len(top) == 10
    assert top[0][:2] == (1, "cat")
    probabilities = [p for _, _, p, _ in top]
    assert probabilities == sorted(probabilities, reverse=True)
    assert network.prediction is not None
    assert top[0][2] == pytest.approx(float(network.prediction.probabilities.max()))
    network.prediction = None
    assert top_classes(network) == []


def test_the_pointer_label_tells_the_true_value(state: UiState) -> None:
    assert pointed_text(state) == []
    state.scene.pointed = (0, 3, 7, 0.51, 0.26)
    value = state.scene.networks[0].readings[3].values[7, 4, 8]
    assert pointed_text(state) == [
        "layer1.0.conv2",
        "16 × 16 × 16   channel 7 of 16",
        f"row 4, column 8: {value:.6g}".replace("-", "−"),
    ]
    state.scene.networks[0].shown_run[3] = 2  # a newer run is on the wall: the reading is old
    assert " to " in pointed_text(state)[-1]
    state.scene.pointed = (0, 8, 1, 0.5, 0.5)
    assert "cat" in pointed_text(state)
