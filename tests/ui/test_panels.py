from __future__ import annotations

import hall
import moderngl
import numpy as np
import pytest
from imgui_bundle import imgui

from walkbox.commands import (
    ChooseDepth,
    JumpToLayer,
    Quit,
    Screenshot,
    SelectMap,
    SetDisplay,
    SetLayout,
    SetSetting,
    ShowPanel,
    ToggleFullscreen,
)
from walkbox.config import Settings
from walkbox.inputs import UiEvent
from walkbox.messages import Block, Progress
from walkbox.render.panels import TEXTURES
from walkbox.ui import widgets
from walkbox.ui.layer import figures
from walkbox.ui.layer import view as large_view
from walkbox.ui.state import PANELS
from walkbox.ui.values import colours, number


def test_the_toolbar_has_a_button_a_panel(desk) -> None:
    x, y, _, height = desk.place("toolbar")
    found = []
    for at in np.arange(x + 4, desk.place("times")[0], 8):
        found += [c for c in desk.click(float(at), y + height / 2) if c not in found]
    assert [c.panel for c in found] == [name for name in PANELS if name != "note"]  # that one is for a note


@pytest.mark.parametrize("name", ["layers", "result", "display", "pictures", "scene", "note", "comfort", "help"])
def test_a_panel_is_drawn_where_it_belongs_and_closes(desk, name: str) -> None:
    desk.frame()
    empty = desk.pixels()
    desk.state.open = {name}
    for _ in range(3):
        desk.frame()
    x, y, width, height = (int(n) for n in desk.place(name))
    drawn = (desk.pixels() != empty).any(axis=2)
    drawn[:60] = False  # the toolbar, where the button of an open panel is marked
    rows, columns = np.nonzero(drawn)
    assert drawn[y + 10 : y + height - 10, x + 10 : x + width - 10].mean() > 0.9
    assert rows.min() >= y - 1 and rows.max() <= y + height and columns.min() >= x - 1 and columns.max() <= x + width
    assert desk.click(x + width - 17, y + 12) == [ShowPanel(name, False)]


def test_a_layers_row_jumps_and_its_button_opens_the_panel(desk) -> None:
    desk.state.open = {"layers"}
    x, y, width, height = desk.place("layers")
    layers = hall.graph().layers
    jumps = desk.sweep(x + 40, y + 95, y + height - 6)
    shown = len(jumps)
    assert jumps == [JumpToLayer(layer.id) for layer in layers[:shown]] and shown >= 6
    views = desk.sweep(x + width - 42, y + 95, y + height - 6)
    assert views == [SelectMap(layer.id) for layer in layers[: len(views)]] and len(views) >= 6


def test_typing_filters_the_layers(desk) -> None:
    desk.state.open = {"layers"}
    x, y, _, height = desk.place("layers")
    desk.click(x + 60, y + 50)
    desk.frame(*(UiEvent("text", text=c) for c in "0.conv2"))
    for _ in range(10):
        desk.frame()
    assert desk.panels.want_keyboard
    assert desk.state.local.layer_filter == "0.conv2"
    assert desk.sweep(x + 40, y + 95, y + height - 6) == [JumpToLayer(3)]


def test_the_lists_of_the_display_panel_change_what_they_say(desk) -> None:
    desk.state.open = {"display"}
    x, y, width, height = desk.place("display")
    column = x + width - 60
    wanted = {
        "colormap": SetDisplay("colormap", "viridis"),
        "scope": SetDisplay("scope", "map"),
        "limits": SetDisplay("limits", "extremes"),
        "symmetric": SetDisplay("symmetric", "off"),
        "transfer": SetDisplay("transfer", "log"),
        "interpolation": SetDisplay("interpolation", "linear"),
        "layout": SetLayout("spiral"),
        "theme": SetSetting("theme", "light"),
        "msaa": SetSetting("msaa", 4),
    }
    found = []
    for at in np.arange(y + 40, y + height - 20, 17):
        desk.click(column, float(at))  # opens a list where there is one
        if imgui.is_popup_open("", imgui.PopupFlags_.any_popup):
            for below in np.arange(at - 110, min(at + 190, 715), 10):
                found += desk.click(column, float(below))
                if not imgui.is_popup_open("", imgui.PopupFlags_.any_popup):
                    desk.click(column, float(at))
            desk.frame(UiEvent("key", text="escape", down=True), UiEvent("key", text="escape", down=False))
            desk.click(640, 5)
    for name, command in wanted.items():
        assert command in found, f"{name}: {command} is not among {set(found)}"


def test_sliders_change_settings(desk) -> None:
    desk.state.open = {"display"}
    x, y, width, height = desk.place("display")
    found = desk.sweep(x + width - 40, y + 40, y + height - 20, 12)
    fields = {c.field for c in found if isinstance(c, SetSetting)}
    assert fields >= {"fov_deg", "walk_speed_m_s", "eye_height_m", "mouse_rad_px"}
    for command in found:
        if isinstance(command, SetSetting):
            desk.state.settings.replace(**{command.field: command.value})


def test_help_has_the_buttons_that_keys_have(desk) -> None:
    desk.state.open = {"help"}
    x, y, _, _ = desk.place("help")
    found = []
    for row in (50, 84):
        for at in (40, 150):
            found += desk.click(x + at, y + row)
    assert set(found) == {Screenshot(), ToggleFullscreen(), Quit()}


@pytest.fixture
def view(desk, monkeypatch):
    """What the large view says, and where it is, in each frame."""
    seen = []
    original = large_view._image

    def listen(*arguments):
        text = original(*arguments)
        seen.append((text, imgui.get_item_rect_min(), imgui.get_item_rect_max()))
        return text

    monkeypatch.setattr(large_view, "_image", listen)
    desk.state.scene.selected = (0, 3, 5)
    for _ in range(3):
        desk.move(640, 5)
    return seen


def test_the_large_view_tells_the_true_value_under_the_mouse(desk, view) -> None:
    _, corner, far = view[-1]
    cell = (far.x - corner.x) / 16
    assert cell > 12 and far.y - corner.y == pytest.approx(16 * cell)
    values = hall.scene().networks[0].readings[3].values[5]
    for row, column in ((0, 0), (3, 9), (8, 15), (15, 4)):
        desk.move(corner.x + (column + 0.4) * cell, corner.y + (row + 0.2) * cell)
        assert view[-1][0] == f"row {row}, column {column}: {number(values[row, column], 7)}"
    desk.move(640, 5)
    assert view[-1][0] == ""


def test_the_large_view_has_the_colours_of_the_wall(desk, view) -> None:
    network = desk.state.scene.networks[0]
    _, corner, far = view[-1]
    at = (np.arange(16) + 0.5) * (far.x - corner.x) / 16

    def shown() -> np.ndarray:
        return desk.pixels()[(corner.y + at).astype(int)[:, None], (corner.x + at).astype(int)].astype(int)

    low, high = (float(n) for n in network.ranges()[3])
    # The rasteriser rounds twice on the way: once for the tint, once for the blend.
    assert np.abs(shown() - colours(network.readings[3].values[5], low, high, "berlin")).max() <= 3
    network.display = network.display.replace(colormap="viridis", limits="extremes", symmetric="off")
    desk.frame()
    low, high = float(network.minimum[3]), float(network.maximum[3])
    assert np.abs(shown() - colours(network.readings[3].values[5], low, high, "viridis")).max() <= 3


def test_values_are_squares_or_smoothed_as_the_display_says(desk, view) -> None:
    network = desk.state.scene.networks[0]
    network.display = network.display.replace(interpolation="nearest")
    desk.frame()
    _, corner, far = view[-1]
    cell = (far.x - corner.x) / 16
    places = np.arange(16)[:, None] + np.array([0.12, 0.5, 0.88])

    def shown() -> np.ndarray:
        at = (places.ravel() * cell).astype(int)
        found = desk.pixels()[int(corner.y) + at[:, None], int(corner.x) + at].astype(int)
        return found.reshape(16, 3, 16, 3, 3)

    squares = shown()
    assert np.abs(squares - squares[:, 1:2, :, 1:2]).max() <= 2
    network.display = network.display.replace(interpolation="linear")
    desk.frame()
    smooth = shown()
    assert np.abs(smooth - smooth[:, 1:2, :, 1:2]).max() > 20
    low, high = (float(n) for n in network.ranges()[3])
    for found in (squares, smooth):
        assert np.abs(found[:, 1, :, 1] - colours(network.readings[3].values[5], low, high, "berlin")).max() <= 6


def test_arrows_walk_through_the_channels(desk) -> None:
    desk.state.scene.selected = (0, 3, 0)
    x, y, width, _ = desk.place("map")
    found = desk.sweep(x + 26, y + 90, y + 125)
    assert found == [SelectMap(3, 15, 0)]  # before the first comes the last
    found = desk.sweep(x + width - 40, y + 90, y + 125)
    assert SelectMap(3, 1, 0) in found


def test_a_held_arrow_runs_through_the_channels(desk) -> None:
    desk.state.scene.selected = (0, 3, 0)
    x, y, width, _ = desk.place("map")
    step = next(at for at in np.arange(y + 90, y + 125, 4) if desk.click(x + width - 40, at) == [SelectMap(3, 1, 0)])
    desk.frame(UiEvent("button", button=0, down=True))
    found = [c for _ in range(60) for c in desk.frame()]  # a second; the application would select each
    desk.frame(UiEvent("button", button=0, down=False))
    assert step and 5 <= len(found) <= 40 and set(found) == {SelectMap(3, 1, 0)}
    assert desk.frame() == []


def test_closing_the_map_panel_and_going_there(desk) -> None:
    desk.state.scene.selected = (0, 3, 0)
    x, y, width, _ = desk.place("map")
    for _ in range(3):
        desk.frame()
    assert desk.click(x + width - 17, y + 12) == [SelectMap(None, network=0)]
    assert JumpToLayer(3, 0) in desk.sweep(x + width - 60, y + 35, y + 75)


def test_a_volume_has_a_slider_of_slices(desk) -> None:
    desk.state.scene.selected = (0, 6, 0)
    x, y, width, _ = desk.place("map")
    found = desk.sweep(x + width - 40, y + 148, y + 180)
    assert found and all(isinstance(c, ChooseDepth) for c in found)
    assert found[-1].depth == 1.0


def test_a_click_on_a_bar_selects_that_output(desk) -> None:
    desk.state.scene.selected = (0, 8, 0)
    x, y, width, _ = desk.place("map")
    found = {
        c.channel
        for at in np.arange(x + 60, x + width - 30, 15)
        for c in desk.click(float(at), y + 230)
        if isinstance(c, SelectMap)
    }
    assert len(found) >= 10 and found <= set(range(len(hall.CLASSES)))


@pytest.mark.parametrize("layer", range(len(hall.SHAPES)))
@pytest.mark.parametrize("known", ["readings", "statistics", "nothing"])
def test_every_kind_of_layer_has_a_panel_however_little_is_known(desk, layer: int, known: str) -> None:
    network = desk.state.scene.networks[0]
    if known != "readings":
        network.readings.clear()
    if known == "nothing":
        network.statistics[:] = [None] * len(network.statistics)
        network.run = 0
    desk.state.scene.selected = (0, layer, 10_000)  # past the last one: the last one is shown
    for _ in range(3):
        assert desk.frame() == []


def test_values_that_are_not_numbers_do_no_harm(desk) -> None:
    network = desk.state.scene.networks[0]
    for layer in (1, 5, 8):
        network.readings[layer].values.reshape(-1)[::3] = np.nan
        network.readings[layer].values.reshape(-1)[1::3] = np.inf
        desk.state.scene.selected = (0, layer, 0)
        for _ in range(3):
            desk.frame()


def test_notices_and_progress_are_shown_and_closed(desk) -> None:
    desk.state.say("Something went wrong.", "error", details="Traceback")
    desk.state.say("The example input was guessed.")
    desk.state.set_progress(Progress(0, 0, "loading the model", 1, 4))
    desk.state.set_progress(Progress(0, 0, "recording", 0, 0))
    x, y, width, height = desk.place("notices")
    for _ in range(3):
        desk.frame()
    desk.sweep(x + width - 32, y, y + height, 6)
    assert desk.state.notices == []
    assert len(desk.state.progress) == 2


def test_panels_want_the_mouse_only_where_they_are(desk) -> None:
    desk.state.open = {"result"}
    x, y, width, height = desk.place("result")
    desk.frame()
    wanted = []
    for at in ((x + width / 2, y + height / 2), (700, 400)):
        desk.frame(UiEvent("move", *at))  # known within the very frame
        wanted.append(desk.panels.want_mouse)
    desk.frame(UiEvent("button", button=0, down=True))
    desk.move(x + width / 2, y + height / 2)
    wanted.append(desk.panels.want_mouse)  # a drag that began beside them stays beside them
    desk.frame(UiEvent("button", button=0, down=False))
    assert wanted == [True, False, False]
    assert not desk.panels.want_keyboard


def test_the_curve_and_the_cross_and_the_label_are_drawn(desk) -> None:
    desk.frame()
    empty = desk.pixels()
    desk.state.open = {"times"}
    desk.state.gpu, desk.state.crosshair = "A graphics card", True
    desk.state.scene.pointed = (0, 3, 1, 0.5, 0.5)
    for _ in range(30):
        desk.state.note_frame(0.016)
    for _ in range(3):
        desk.frame()
    changed = (desk.pixels() != empty).any(axis=2)
    x, y, _, height = (int(n) for n in desk.place("times"))
    assert changed[y + 2 : y + height - 2, x + 10 : x + 300].mean() > 0.9
    assert changed[360 - 9 : 360 + 9, 640 - 9 : 640 + 9].any()
    assert changed[370:450, 660:760].mean() > 0.5


def test_textures_of_panels_do_not_grow_without_end(desk) -> None:
    for index in range(3 * TEXTURES):
        desk.panels.picture(("test", index), np.full((4, 5, 3), index, np.uint8))
    assert len(desk.panels._textures) == TEXTURES
    same = np.zeros((4, 5, 3), np.uint8)
    first, again = desk.panels.picture("same", same), desk.panels.picture("same", same)
    assert first.get_tex_id() == again.get_tex_id()


def test_moderngl_goes_on_drawing_after_the_panels(desk) -> None:
    """What moderngl believes of the OpenGL state stays true."""
    ctx = desk.host.ctx
    program = ctx.program(
        vertex_shader="#version 330\nvoid main(){gl_Position=vec4((gl_VertexID&1)*4-1,(gl_VertexID&2)*2-1,0,1);}",
        fragment_shader="#version 330\nout vec4 c; void main(){c=vec4(0.0,1.0,0.0,1.0);}",
    )
    array = ctx.vertex_array(program, [])
    desk.state.open = set(PANELS)
    desk.frame()
    (target,) = desk.host.begin(np.eye(4, dtype=np.float32))
    target.framebuffer.use()
    ctx.enable_only(moderngl.DEPTH_TEST)
    target.framebuffer.clear(0, 0, 0, 1)
    array.render(moderngl.TRIANGLES, vertices=3)
    desk.host.end()
    np.testing.assert_array_equal(desk.pixels(), np.broadcast_to(np.array([0, 255, 0], np.uint8), (720, 1280, 3)))


def test_pictures_of_panels_are_the_same_to_the_byte(desk) -> None:
    desk.state.open = {"layers", "result", "display", "help"}
    desk.state.scene.selected = (0, 3, 2)
    for _ in range(4):
        desk.frame()
    first = desk.pixels()
    desk.frame()
    np.testing.assert_array_equal(first, desk.pixels())


@pytest.mark.parametrize(
    ("size", "scale", "theme"), [((2560, 1440), 2.0, "light"), ((900, 500), 1.0, "dark"), ((320, 200), 1.0, "dark")]
)
def test_other_sizes_scales_and_themes(desk, size, scale, theme) -> None:
    desk.state.size_px, desk.state.scale, desk.state.settings = size, scale, Settings(theme=theme)
    desk.state.open = set(PANELS)
    desk.state.scene.selected = (0, 3, 2)
    for _ in range(3):
        assert desk.frame() == []


def test_an_old_reading_is_said_to_be_old(desk, monkeypatch) -> None:
    """After a new run the panel says so until the new values are read, and its numbers are already the new ones."""
    network = desk.state.scene.networks[0]
    layer = network.graph.layers[3]
    said = []
    monkeypatch.setattr(widgets, "fit", lambda text, width: said.append(text) or text)
    desk.state.scene.selected = (0, 3, 0)
    desk.frame()
    assert not any("picture before" in text for text in said)
    exact = hall.values(layer, run=2)
    network.show(Block(0, 2, 3, exact.astype(np.float16), 1.0, float(exact.min()), float(exact.max())))
    network.describe(hall.statistics(layer, exact, run=2))
    desk.frame()
    assert any("picture before" in text for text in said)
    newest = figures._known(network, layer)
    assert newest is not None and newest.run == 2
