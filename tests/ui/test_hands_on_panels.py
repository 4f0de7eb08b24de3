"""The panels that pictures, walls, notes and layers are handled with, clicked for real."""

from __future__ import annotations

import dataclasses

import numpy as np
from conftest import Desk

from walkbox.commands import (
    AddNote,
    AlignWall,
    CloseBlock,
    EditNote,
    Evaluate,
    Export,
    FilterShelf,
    FindTop,
    FollowEdge,
    HideWall,
    JumpToLayer,
    MakeNoise,
    OpenBlock,
    PlacePicture,
    Redo,
    RemoveNote,
    ResetWall,
    SaveScene,
    SelectMap,
    SelectNote,
    SetChannels,
    SetLimits,
    SetTool,
    ShowPanel,
    TakeWebcam,
    Undo,
)
from walkbox.findings import Evaluation, Kernels, TopPicture, TopPictures
from walkbox.inputs import UiEvent
from walkbox.messages import Prediction
from walkbox.scene.scene import FIRST_MADE, Tool
from walkbox.scene.setup import NetworkSetup, Note, Setup, WallChange

NOTE = FIRST_MADE + 900
LET_GO = UiEvent("button", button=0, down=False)


def kinds(found: list) -> set[type]:
    return {type(command) for command in found}


def settle(desk: Desk) -> None:
    for _ in range(3):
        desk.frame()


def tab(desk: Desk, name: str, panel: str = "map") -> None:
    """Open a tab: tabs stand side by side in one line, so click along it until the picture says so."""
    x, y, _width, _ = desk.place(panel)
    order = {"map": ("Map", "Order", "Kernels", "Top", "Layer"), "result": ("Picture", "Data set")}[panel]
    at = {"map": 82, "result": 38}[panel]
    edges = np.cumsum([0, *(26 + 8.2 * len(n) for n in order)])
    desk.click(x + 14 + (edges[order.index(name)] + edges[order.index(name) + 1]) / 2, y + at)


def test_every_tool_is_one_click_away(tall) -> None:
    tall.state.open = {"pictures"}
    settle(tall)
    x, y, width, _height = tall.place("pictures")
    found = []
    for at in np.arange(x + 20, x + width - 10, 16):
        for row in np.arange(y + 40, y + 200, 12):
            found += [c for c in tall.click(float(at), float(row)) if c not in found]
    tools = [c.tool for c in found if isinstance(c, SetTool)]
    assert set(tools) == {"hand", "paint", "erase", "occlude", "blur", "crop"}


def test_noise_the_camera_and_any_picture(tall) -> None:
    tall.state.open = {"pictures"}
    settle(tall)
    x, y, width, height = tall.place("pictures")
    found = tall.sweep(x + width / 2, y + 40, y + height - 10, 12)
    made = [c for c in found if isinstance(c, MakeNoise)]
    assert made and made[0].kind == "gaussian" and made[0].seed >= 1 and made[0].picture >= FIRST_MADE
    assert tall.state.local.noise[1] == made[-1].seed + 1  # the next one is another one
    assert any(isinstance(c, TakeWebcam) for c in found)
    placed = [c for c in found if isinstance(c, PlacePicture)]
    assert placed and all(c.picture in tall.state.scene.shelf for c in placed)


def test_a_brush_has_a_size_and_paint_a_colour(tall) -> None:
    tall.state.open = {"pictures"}
    tall.state.scene.tool = Tool("paint")
    settle(tall)
    x, y, width, _ = tall.place("pictures")
    found = tall.sweep(x + width - 30, y + 100, y + 300)
    assert any(isinstance(c, SetTool) and c.radius is not None and 0.01 <= c.radius <= 0.5 for c in found)


def test_classes_filter_the_shelf(tall) -> None:
    tall.state.open = {"pictures"}
    settle(tall)
    x, y, width, _ = tall.place("pictures")
    found = []
    for below in range(20, 200, 10):
        tall.click(x + width - 60, y + 51)  # opens the list, which lies over what is below
        found += tall.click(x + width - 60, y + 51 + below)
        tall.frame(UiEvent("key", text="escape", down=True), UiEvent("key", text="escape", down=False))
        settle(tall)
    assert {FilterShelf("cat"), FilterShelf("grass")} <= set(found)


def test_undo_and_redo_are_offered_when_there_is_something(tall) -> None:
    tall.state.open = {"scene"}
    settle(tall)
    x, y, width, _height = tall.place("scene")

    def steps() -> list:
        found = tall.sweep(x + width * 0.25, y + 35, y + 70, 7) + tall.sweep(x + width * 0.75, y + 35, y + 70, 7)
        return [c for c in found if isinstance(c, (Undo, Redo))]

    assert steps() == []
    tall.state.can_undo, tall.state.can_redo = "moved conv1", "hidden conv2"
    assert {type(c) for c in steps()} == {Undo, Redo}


def test_scene_export_walls_and_notes(tall) -> None:
    scene = tall.state.scene
    layers = scene.networks[0].graph.layers
    walls = {layers[2].name: WallChange(hidden=True), layers[3].name: WallChange(scale=2.0)}
    scene.setup = Setup(
        networks={0: NetworkSetup(walls=walls)}, notes={NOTE: Note("Why?\nBecause.", (0, 1, 0, 0, 0, 0, 1))}
    )
    scene.selected = (0, 3, 1)
    tall.state.open = {"scene"}
    settle(tall)
    x, y, width, height = tall.place("scene")
    found = tall.sweep(x + width * 0.3, y + 70, y + height - 10, 9)
    found += tall.sweep(x + width - 28, y + 70, y + height - 10, 9)
    assert SaveScene() in found and ResetWall(None, 0) in found
    assert HideWall(2, False, 0) in found and RemoveNote(NOTE) in found and SelectNote(NOTE) in found
    exports = [c for c in found if isinstance(c, Export)]
    assert exports and all(c.layers in ((3,), ()) and c.what and c.folder is None for c in exports)


def test_a_note_is_typed_and_pinned_and_changed(tall) -> None:
    tall.state.open = {"note"}
    tall.state.here = (1.0, 1.5, -2.0, 0.0, 0.0, 0.0, 1.0)
    settle(tall)
    x, y, width, _height = tall.place("note")
    tall.click(x + width / 2, y + 80)
    tall.frame(UiEvent("text", text="Look here"))
    settle(tall)
    assert tall.panels.want_keyboard and tall.state.local.note == ("Look here", None)
    found = tall.sweep(x + width / 2, y + 150, y + 230, 6)
    (made,) = [c for c in found if isinstance(c, AddNote)]
    assert (made.text, made.pose) == ("Look here", tall.state.here) and made.note >= FIRST_MADE
    assert ShowPanel("note", False) in found and tall.state.local.note == ("", None)

    scene = tall.state.scene
    scene.setup = Setup(notes={NOTE: Note("Why?", (0, 1, 0, 0, 0, 0, 1))})
    scene.selected_note = NOTE
    settle(tall)
    assert tall.state.local.note == ("Why?", NOTE)
    found = tall.sweep(x + width / 2, y + 150, y + 260, 6)
    assert EditNote(NOTE, "Why?") in found or RemoveNote(NOTE) in found


def of_a_layer(desk: Desk) -> None:
    """Everything that the tabs show is known of layer 1."""
    network = desk.state.scene.networks[0]
    graph = network.graph
    layers = tuple(
        dataclasses.replace(layer, parameters=("stem.weight",)) if layer.id == 1 else layer for layer in graph.layers
    )
    network.graph = dataclasses.replace(graph, layers=layers)
    values = np.random.default_rng(0).normal(size=(16, 3, 7, 7)).astype(np.float32)
    network.findings.kernels[1] = Kernels(0, 1, 1, "stem.weight", values)
    desk.state.scene.selected = (0, 1, 4)
    settle(desk)


def test_maps_are_sorted_from_their_tab(tall) -> None:
    of_a_layer(tall)
    tab(tall, "Order")
    x, y, width, _height = tall.place("map")
    tall.click(x + width - 60, y + 108)
    found = tall.sweep(x + width - 60, y + 122, y + 290, 8)
    sorts = {c.sort for c in found if isinstance(c, SetChannels)}
    assert sorts and all(c.layer == 1 for c in found if isinstance(c, SetChannels))
    settle(tall)
    chosen = [c for c in tall.sweep(x + 40, y + 200, y + 420, 9) if isinstance(c, SelectMap)]
    assert {c.channel for c in chosen} >= {0, 1, 2}


def test_kernels_are_drawn(tall) -> None:
    of_a_layer(tall)
    tab(tall, "Kernels")
    settle(tall)
    x, y, width, _height = (int(v) for v in tall.place("map"))
    with_kernels = tall.pixels()[y + 120 : y + 500, x + 20 : x + width - 20]
    tall.state.scene.networks[0].findings.kernels.clear()
    settle(tall)
    without = tall.pixels()[y + 120 : y + 500, x + 20 : x + width - 20]
    assert len(np.unique(with_kernels.reshape(-1, 3), axis=0)) > 50 + len(np.unique(without.reshape(-1, 3), axis=0))


def test_top_pictures_are_asked_for_and_placed(tall) -> None:
    of_a_layer(tall)
    tab(tall, "Top")
    x, y, width, _height = tall.place("map")
    assert FindTop(1, 0) in tall.sweep(x + width / 2, y + 100, y + 220)
    scene = tall.state.scene
    entries = tuple(TopPicture(scene.shelf[k % 5], 3.0 - k / 10, 3, 4, (0.2, 0.3, 0.6, 0.7)) for k in range(9))
    scene.networks[0].findings.top[1] = TopPictures(0, 1, 1, 24, 24, (entries,) * 16)
    settle(tall)
    found = tall.sweep(x + 60, y + 120, y + 520, 20)
    assert {c.picture for c in found if isinstance(c, PlacePicture)} <= set(scene.shelf) and PlacePicture in kinds(
        found
    )


def test_the_layer_tab_leads_on_and_handles_the_wall(tall) -> None:
    of_a_layer(tall)
    tab(tall, "Layer")
    x, y, width, _height = tall.place("map")
    found = []
    for share in (0.2, 0.5, 0.8):
        found += tall.sweep(x + width * share, y + 100, y + 560, 9)
    assert {FollowEdge(1, way, 0) for way in ("back", "forward", "skip")} <= set(found)
    assert JumpToLayer(0, 0) in found
    assert {OpenBlock(1, 0), CloseBlock(1, 0), AlignWall(1, 0), HideWall(1, True, 0)} <= set(found)
    assert ResetWall(1, 0) not in found  # it stands where the layout has it


def test_the_limits_of_the_colours_are_dragged(tall) -> None:
    of_a_layer(tall)
    x, y, width, height = tall.place("map")
    network = tall.state.scene.networks[0]
    low, high = (float(v) for v in network.ranges()[1])
    found: list[SetLimits] = []
    for row in np.arange(y + height - 360, y + height - 180, 14):  # where the histogram lies
        for at in np.arange(x + 16, x + width * 0.5, 4):
            tall.move(float(at), float(row))
            tall.frame(UiEvent("button", button=0, down=True))
            found = []
            for event in (None, UiEvent("move", float(at) + 25, float(row)), None, LET_GO, None, None):
                told = [c for c in tall.frame(*([event] if event else [])) if isinstance(c, SetLimits)]
                for command in told:  # as the walk carries it out
                    network.set_limits(1, (command.low, command.high))
                found += told
            if found:
                break
        if found:
            break
    assert found and all(c.layer == 1 and c.low < c.high for c in found)
    assert not found[0].done and found[-1].done
    assert found[-1].low > low or found[-1].high > high


def test_the_data_set_is_run_and_its_cells_open_pictures(tall) -> None:
    network = tall.state.scene.networks[0]
    tall.state.open = {"result"}
    settle(tall)
    x, y, width, _height = tall.place("result")
    tab(tall, "Data set", "result")
    settle(tall)
    assert Evaluate(0) in tall.sweep(x + width / 2, y + 55, y + 110)
    size = len(network.classes)
    labels = np.zeros(5, np.int32)
    confusion = np.zeros((size, size), np.int64)
    confusion[0, 0], confusion[0, 2] = 3, 2
    predicted = np.array([0, 0, 0, 2, 2], np.int32)
    network.findings.evaluation = Evaluation(0, 1, 5, 5, 3, confusion, predicted, labels)
    settle(tall)
    assert tall.state.local.cell == (0, 0)
    before = tall.pixels()
    for row in np.arange(y + 110, y + 200, 7):
        for at in np.arange(x + 16, x + width / 2, 7):
            if tall.state.local.cell != (0, 2):
                tall.click(float(at), float(row))
    assert tall.state.local.cell == (0, 2)
    assert (tall.pixels() != before).any()


def test_the_change_against_the_picture_before_is_shown(tall) -> None:
    network = tall.state.scene.networks[0]
    tall.state.open = {"result"}
    settle(tall)
    before = tall.pixels()
    now = network.prediction
    network.findings.previous = Prediction(0, 1, np.roll(now.scores, 1), np.roll(now.probabilities, 1))
    settle(tall)
    x, y, width, height = (int(v) for v in tall.place("result"))
    changed = (tall.pixels() != before).any(axis=2)
    assert changed[y : y + height, x : x + width].any() and not changed[:, x + width + 2 :].any()
