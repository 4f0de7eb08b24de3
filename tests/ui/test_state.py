from __future__ import annotations

import itertools

import hall
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.commands import SelectMap, ShowPanel
from walkbox.config import Settings
from walkbox.messages import Progress
from walkbox.ui import style
from walkbox.ui.layers_panel import matching
from walkbox.ui.overlays import close_newest, pointed_text
from walkbox.ui.result_panel import top_classes
from walkbox.ui.state import Memory, UiState


@pytest.fixture
def state() -> UiState:
    return UiState(hall.scene(), Settings(), lambda *_, **__: None)


@given(width=st.integers(1280, 5000), height=st.integers(720, 3000))
def test_no_panel_overlaps_another(width: int, height: int) -> None:
    found = style.places(width, height)
    found["toolbar"] = (*found["toolbar"][:2], style.TOOLBAR - 8, found["toolbar"][3])
    for x, y, w, h in found.values():
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        assert w > 100 and h > 30
    for (a, p), (b, q) in itertools.combinations(found.items(), 2):
        apart = p[0] + p[2] <= q[0] or q[0] + q[2] <= p[0] or p[1] + p[3] <= q[1] or q[1] + q[3] <= p[1]
        assert apart, f"{a} and {b} overlap at {width} x {height}"


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
