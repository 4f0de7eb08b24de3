"""The panels on the board of a headset: read from where it hangs, hit with a hand that shakes, without a key."""

from __future__ import annotations

import math

import hall
import numpy as np
import pytest
from imgui_bundle import imgui

from walkbox.commands import (
    CloseBoard,
    JumpToLayer,
    Quit,
    Recentre,
    Screenshot,
    SelectMap,
    SetScale,
    SetSetting,
    ShowPanel,
)
from walkbox.config import Settings
from walkbox.inputs import UiEvent
from walkbox.interaction.board import AWAY_M, Board
from walkbox.messages import Progress
from walkbox.ui import comfort_panel, help_panel, widgets
from walkbox.ui.comfort_panel import size_text
from walkbox.ui.layer import view as large_view
from walkbox.ui.places import BOARD_SCALE
from walkbox.ui.state import PANELS
from walkbox.ui.values import number

SIZE = Board().size_px
SHARING = [name for name in PANELS if name != "times"]


def place_px(board, name: str) -> tuple[int, int, int, int]:
    """Left, top, right and lower edge."""
    x, y, width, height = (n * BOARD_SCALE for n in board.state.place(name))
    return math.floor(x), math.floor(y), math.ceil(x + width), math.ceil(y + height)


def changed(board, empty: np.ndarray) -> np.ndarray:
    return (board.pixels() != empty).any(axis=2)


def settle(board) -> None:
    for _ in range(3):
        board.frame()


class Items:
    """Where the last frames drew what, by what is written on it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: dict[str, tuple[float, float, float, float]] = {}
        for name in ("button", "selectable", "slider_float", "slider_int"):
            monkeypatch.setattr(imgui, name, self._listening(getattr(imgui, name)))

    def _listening(self, original):
        def call(label: str, *arguments, **keywords):
            result = original(label, *arguments, **keywords)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            self.found[label] = (low.x, low.y, high.x, high.y)
            return result

        return call

    def middle(self, label: str) -> tuple[float, float]:
        x0, y0, x1, y1 = self.found[label]
        return (x0 + x1) / 2, (y0 + y1) / 2


@pytest.fixture
def items(board, monkeypatch: pytest.MonkeyPatch) -> Items:
    return Items(monkeypatch)


# -- large enough -----------------------------------------------------------------------------------------------------

DEGREES_A_PIXEL = math.degrees(math.atan(Board().size_m[0] / SIZE[0] / AWAY_M))


def test_letters_are_large_enough_to_read(board) -> None:
    font = imgui.get_font()
    for size, least in ((15.5, 0.75), (widgets.SMALL, 0.65)):
        glyph = font.get_font_baked(size * BOARD_SCALE).find_glyph(ord("H"))
        assert (glyph.y1 - glyph.y0) * DEGREES_A_PIXEL > least


@pytest.mark.parametrize("name", SHARING)
def test_what_one_clicks_is_large_enough_to_hit(board, items: Items, name: str) -> None:
    board.state.open = {name}
    board.state.scene.selected = (0, 3, 5)
    settle(board)
    assert len(items.found) >= 8
    padding = imgui.get_style().touch_extra_padding
    for label, (x0, y0, x1, y1) in items.found.items():
        wide, high = (x1 - x0 + 2 * padding.x) * DEGREES_A_PIXEL, (y1 - y0 + 2 * padding.y) * DEGREES_A_PIXEL
        assert wide > 2.2 and high > 2.2, (label, wide, high)


# -- a place for each -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHARING)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_each_panel_fills_its_place_and_no_other(board, name: str, theme: str) -> None:
    board.state.settings = Settings(theme=theme)
    settle(board)
    empty = board.pixels()
    board.state.open = {name}
    settle(board)
    drawn = changed(board, empty)
    x0, y0, x1, y1 = place_px(board, name)
    assert drawn[y0 + 10 : y1 - 10, x0 + 10 : x1 - 10].mean() > 0.9
    drawn[:y0] = False  # its button is marked
    rows, columns = np.nonzero(drawn)
    assert rows.min() >= y0 and rows.max() < y1 and columns.min() >= x0 and columns.max() < x1
    assert board.click(x1 - 28, y0 + 22) == [ShowPanel(name, False)]


def test_putting_the_headset_on_and_off_moves_the_panels(board) -> None:
    """In a window as large as the board, too."""
    board.state.open = {"comfort"}
    settle(board)
    on_board = board.pixels()
    board.state.worn, board.state.scale = False, 1.0
    board.frame()  # the style is made anew
    settle(board)
    x, y, width, height = board.state.place("comfort")
    in_window = board.pixels()
    assert (in_window[int(y + 4), int(x + 40) : int(x + width - 40)] != in_window[700, 30]).any(axis=1).all()
    assert tuple(in_window[int(y + height / 2), int(x - 5)]) == tuple(in_window[700, 30])  # nothing beside it
    board.state.worn, board.state.scale = True, BOARD_SCALE
    board.frame()
    settle(board)
    np.testing.assert_array_equal(board.pixels(), on_board)


def test_the_toolbar_opens_every_panel_and_puts_the_board_away(board) -> None:
    x, y, _, height = board.state.place("toolbar")
    found = []
    for at in np.arange(x + 4, board.state.place("strip")[0], 10):
        found += [c for c in board.click(at * BOARD_SCALE, (y + height / 2) * BOARD_SCALE) if c not in found]
    assert found[-1] == CloseBoard()
    assert {c.panel for c in found[:-1]} == set(PANELS) - {"note"}


def test_nothing_needs_to_be_scrolled_in_comfort_help_result_and_the_map_panel(
    board, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}
    original = imgui.end

    def end() -> None:
        seen[imgui.internal.get_current_window().name.partition("###")[2]] = imgui.get_scroll_max_y()
        original()

    monkeypatch.setattr(imgui, "end", end)
    board.state.settings = Settings().replace(turn="smooth")  # a slider more
    for name in ("comfort", "help", "result"):
        board.state.open = {name}
        board.state.scene.selected = (0, 3, 5)
        settle(board)
        assert seen[name] == 0 and seen["map"] == 0
    x0, y0, _, _ = place_px(board, "map")
    assert board.click(x0 + 160, y0 + 130) == []  # the numbers
    settle(board)
    assert seen["map"] == 0


def test_notices_stand_where_no_panel_is(board) -> None:
    board.state.say("Something went wrong.", "error")
    board.state.set_progress(Progress(0, 0, "loading the model", 1, 4))

    def where() -> np.ndarray:
        board.state.notices, kept = [], board.state.notices
        board.state.progress, jobs = [], board.state.progress
        settle(board)
        without = board.pixels()
        board.state.notices, board.state.progress = kept, jobs
        settle(board)
        return np.argwhere(changed(board, without))

    def inside(found: np.ndarray, name: str) -> bool:
        x0, y0, x1, y1 = place_px(board, name)
        low, high = found.min(0), found.max(0)
        return bool(low[0] >= y0 and high[0] < y1 and low[1] >= x0 - 1 and high[1] < x1 and len(found) > 5000)

    board.state.open = {"result"}
    assert inside(where(), "map")
    board.state.open, board.state.scene.selected = set(), (0, 3, 5)
    assert inside(where(), "result")
    board.state.open = {"result"}
    for _ in range(2):
        found = where()  # nowhere is free: over the lower part of the map panel, and still there when that is clicked
        x0, y0, _, y1 = place_px(board, "map")
        assert inside(found, "map") and found[:, 0].min() > y0 + (y1 - y0) / 2
        board.click(x0 + 30, y0 + 22)


# -- by hand ----------------------------------------------------------------------------------------------------------


def test_what_a_button_is_for_stands_still_in_the_strip(board) -> None:
    settle(board)
    empty = board.pixels()
    x0, y0, x1, y1 = place_px(board, "strip")
    pictures = []
    for tremble in ((0, 0), (3, -2), (-4, 5)):
        board.move(150 + tremble[0], 42 + tremble[1])
        assert changed(board, empty)[y0:y1, x0:x1].mean() > 0.2  # at once, and always
        pictures.append(board.pixels())
        assert not changed(board, empty)[y1:].any()  # nothing follows the ray
    for other in pictures[1:]:
        np.testing.assert_array_equal(pictures[0][y0:y1, x0:x1], other[y0:y1, x0:x1])
    board.move(900, 500)
    np.testing.assert_array_equal(board.pixels(), empty)


def test_the_strip_says_what_the_ray_meets_in_the_world(board) -> None:
    settle(board)
    empty = board.pixels()
    board.state.scene.pointed = (0, 3, 7, 0.5, 0.5)
    settle(board)
    rows, columns = np.nonzero(changed(board, empty))
    x0, y0, x1, y1 = place_px(board, "strip")
    assert rows.min() >= y0 and rows.max() < y1 and columns.min() >= x0 and columns.max() < x1
    assert columns.max() - columns.min() > 300


def test_a_dot_marks_where_the_ray_meets_a_panel_and_only_there(board) -> None:
    board.state.open = {"result"}
    board.move(900, 500)  # beside all panels
    empty = board.pixels()
    x, y = 400, place_px(board, "result")[1] + 20  # its title
    board.move(x, y)
    rows, columns = np.nonzero(changed(board, empty))
    assert abs(rows.mean() - y) < 1 and abs(columns.mean() - x) < 1 and 5 <= np.ptp(rows) <= 20
    white = board.pixels()[y, x]
    board.frame(UiEvent("button", button=0, down=True))
    assert tuple(white) == (255, 255, 255) and tuple(board.pixels()[y, x]) != (255, 255, 255)
    board.frame(UiEvent("button", button=0, down=False))
    board.frame(UiEvent("leave"))
    board.frame()
    np.testing.assert_array_equal(board.pixels(), empty)


def test_there_is_no_cross_and_no_label_at_the_ray(board) -> None:
    board.move(900, 500)
    empty = board.pixels()
    board.state.crosshair = True
    board.state.scene.pointed = (0, 3, 7, 0.5, 0.5)
    settle(board)
    assert not changed(board, empty)[place_px(board, "strip")[3] :].any()


def test_the_value_under_the_ray_is_told(board, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    original = large_view._image

    def listen(*arguments):
        text = original(*arguments)
        seen.append((text, imgui.get_item_rect_min(), imgui.get_item_rect_max()))
        return text

    monkeypatch.setattr(large_view, "_image", listen)
    board.state.scene.selected = (0, 3, 5)
    settle(board)
    _, corner, far = seen[-1]
    cell = (far.x - corner.x) / 16
    assert cell * DEGREES_A_PIXEL > 1  # of a map of 16 x 16
    values = hall.scene().networks[0].readings[3].values[5]
    for row, column in ((0, 0), (8, 15), (15, 4)):
        board.move(corner.x + (column + 0.4) * cell, corner.y + (row + 0.6) * cell)
        assert seen[-1][0] == f"row {row}, column {column}: {number(values[row, column], 7)}"


def test_layers_are_narrowed_down_and_reached_without_a_key(board, items: Items) -> None:
    board.state.open = {"layers"}
    settle(board)
    assert "##filter" not in items.found
    for word, names in (
        ("conv2d", ["stem.conv", "layer1.0.conv1", "layer1.0.conv2"]),
        ("layer1.", ["layer1.0.conv1", "layer1.0.conv2", "layer1.0.add"]),
    ):
        board.click(*items.middle(f"{word}##word {word}"))
        assert board.state.local.layer_filter == word
        items.found.clear()
        settle(board)
        x, _, _, _ = place_px(board, "layers")
        low = items.middle(f"{word}  ×##word {word}")[1]
        jumps = board.sweep(x + 60, low + 50, low + 300, 20)
        assert [hall.graph().layers[c.layer].name for c in jumps if isinstance(c, JumpToLayer)] == names
        board.click(*items.middle(f"{word}  ×##word {word}"))
        assert board.state.local.layer_filter == ""
        settle(board)
    assert SelectMap(0) in board.click(*items.middle("view")) + board.sweep(items.middle("view")[0], 300, 700, 20)


def test_help_tells_of_no_keys(board, items: Items, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr(help_panel.widgets, "faint", lambda text: told.append(text))
    board.state.open = {"help"}
    board.frame()
    assert told == [what for _, what in dict(help_panel.CONTROLS)["Headset"]]
    settle(board)
    found = board.click(*items.middle("Screenshot")) + board.click(*items.middle("Quit"))
    assert found == [Screenshot(), Quit()] and "Full screen" not in items.found


def test_the_display_panel_has_no_settings_of_the_window(board, items: Items) -> None:
    board.state.open = {"display"}
    settle(board)
    assert not any(label.startswith("##") and "fov" in label for label in items.found)
    board.state.worn = False
    settle(board)
    assert "##fov_deg" in items.found


# -- comfort ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "button", "commands"),
    [
        ({}, "Smooth##Moving", [SetSetting("motion", "smooth")]),
        ({}, "Fly##Moving", [SetSetting("motion", "smooth"), SetSetting("fly", True)]),
        ({"motion": "smooth", "fly": True}, "Smooth##Moving", [SetSetting("fly", False)]),
        ({"motion": "smooth", "fly": True}, "Teleport##Moving", [SetSetting("motion", "teleport")]),
        ({"motion": "smooth"}, "Smooth##Moving", []),
        ({}, "30°##Turning", [SetSetting("snap_deg", 30.0)]),
        ({"turn": "smooth"}, "90°##Turning", [SetSetting("turn", "snap"), SetSetting("snap_deg", 90.0)]),
        ({}, "Smooth##Turning", [SetSetting("turn", "smooth")]),
        ({}, "On##Seated", [SetSetting("seated", True)]),
        ({}, "Spectator##Mirror", [SetSetting("mirror", "spectator")]),
        ({}, "Go back", [Recentre(0)]),
        ({}, "Giant##Size: life size", [SetScale(10.0)]),
        ({}, "Life##Size: life size", []),
    ],
)
def test_a_button_of_comfort_sets_what_it_says(board, items: Items, now, button, commands) -> None:
    board.state.settings = Settings().replace(**now)
    board.state.open = {"comfort"}
    settle(board)
    assert board.click(*items.middle(button)) == commands
    for command in commands:
        if isinstance(command, SetSetting):
            board.state.settings.replace(**{command.field: command.value})


def test_sliders_of_comfort_reach_both_ends_and_nothing_beyond(board, items: Items) -> None:
    board.state.settings = Settings().replace(turn="smooth")
    board.state.open = {"comfort"}
    settle(board)
    for field, low, high in (
        ("walk_speed_m_s", 0.5, 12),
        ("vignette", 0, 1),
        ("haptics", 0, 1),
        ("turn_deg_s", 30, 240),
    ):
        x0, y0, x1, y1 = items.found[f"##{field}"]
        found = [c for x in (x0 + 2, x1 - 2) for c in board.click(x, (y0 + y1) / 2)]
        assert found == [SetSetting(field, low), SetSetting(field, high)]


def test_every_row_of_comfort_explains_itself_in_a_sentence(board, items: Items, monkeypatch) -> None:
    said = []
    monkeypatch.setattr(comfort_panel.widgets, "tip", lambda state, text: said.append(text))
    board.state.open = {"comfort"}
    settle(board)
    said = [text for text in said if text.endswith(".")]  # those of the toolbar are no sentences
    assert len(set(said)) == 9
    for text in set(said):
        assert text[0].isupper() and len(text) < 90


def test_darker_edges_wait_for_smooth_motion(board, items: Items) -> None:
    board.state.open = {"comfort"}
    settle(board)
    x0, y0, _, y1 = items.found["##vignette"]
    assert board.click(x0 + 5, (y0 + y1) / 2) == []
    board.state.settings = Settings().replace(motion="smooth")
    assert board.click(x0 + 5, (y0 + y1) / 2) == [SetSetting("vignette", 0.0)]


@pytest.mark.parametrize(
    ("scale", "text"), [(1.0, "life size"), (1.004, "life size"), (12.34, "12.3 ×"), (0.05, "1/20"), (0.01, "1/100")]
)
def test_how_large_one_is(board, items: Items, scale: float, text: str) -> None:
    assert size_text(scale) == text
    board.state.scene.presence.scale = scale
    board.state.open = {"comfort"}
    settle(board)
    assert f"Life##Size: {text}" in items.found
    assert board.click(*items.middle(f"Life##Size: {text}")) == ([] if text == "life size" else [SetScale(1.0)])


def test_at_the_desk_one_has_no_size_and_comfort_is_there_all_the_same(desk, items: Items) -> None:
    desk.state.open = {"comfort"}
    settle(desk)
    assert not any("Size" in label for label in items.found)
    assert desk.click(*items.middle("Go back")) == [Recentre(0)]
    assert desk.click(*items.middle("On##Seated")) == [SetSetting("seated", True)]
