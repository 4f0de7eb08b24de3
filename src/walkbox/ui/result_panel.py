"""The result panel: what a classifier says of the picture, the ten most probable classes with bars."""

from __future__ import annotations

import numpy as np
from imgui_bundle import imgui

from walkbox.commands import Command
from walkbox.scene.network import Network
from walkbox.ui import style, widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import number, per_cent

__all__ = ["TOP", "draw", "top_classes"]

TOP = 10


def top_classes(network: Network, count: int = TOP) -> list[tuple[int, str, float, float]]:
    """(index, name, probability, score) of the most probable classes, best first; none without a prediction."""
    prediction = network.prediction
    if prediction is None:
        return []
    ordered = np.argsort(-np.nan_to_num(prediction.probabilities, nan=-1.0), kind="stable")[:count]
    names = network.classes
    return [
        (
            int(i),
            names[i] if i < len(names) else f"class {i}",
            float(prediction.probabilities[i]),
            float(prediction.scores[i]),
        )
        for i in ordered
    ]


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    network = state.shown
    with widgets.panel(state, "result", "Result", commands) as seen:
        if not seen or network is None:
            return
        _picture(state, network)
        top = top_classes(network)
        if not top:
            widgets.faint(
                "The model has not run yet." if network.run == 0 else "This model's output is not one score a class."
            )
            return
        _bars(state, network, top)


def _picture(state: UiState, network: Network) -> None:
    picture = network.picture
    if picture is None:
        widgets.faint("No picture is placed. Click one on the shelf, or drop a file onto the window.")
        return
    side = 52 * state.scale
    height, width = picture.pixels.shape[:2]
    longest = max(height, width)
    imgui.image(
        state.picture(("placed", picture.id), picture.pixels, smooth=True),
        (side * width / longest, side * height / longest),
    )
    imgui.same_line()
    imgui.begin_group()
    room = imgui.get_content_region_avail().x
    imgui.text(widgets.fit(picture.name, room))
    if picture.label:
        with widgets.small_text():
            widgets.faint(f"labelled {picture.label}")
    if network.busy:
        with widgets.small_text():
            widgets.faint("The model is running\N{HORIZONTAL ELLIPSIS}")
    imgui.end_group()


def _bars(state: UiState, network: Network, top: list[tuple[int, str, float, float]]) -> None:
    p, s = style.palette(state.settings.theme), state.scale
    label = network.picture.label if network.picture is not None else ""
    width = imgui.get_content_region_avail().x
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (8 * s, 4 * s))
    for rank, (index, name, probability, score) in enumerate(top):
        right = bool(label) and name == label
        colour = p.good if right else p.accent if rank == 0 else p.faint
        imgui.begin_group()
        with widgets.small_text():
            share = per_cent(probability)
            room = imgui.calc_text_size(share).x
            if rank:
                imgui.text(widgets.fit(name, width - room - 12 * s))
            else:
                imgui.text_colored(colour, widgets.fit(name, width - room - 12 * s))
            widgets.right_aligned(room)
            imgui.text(share)
        widgets.bar(probability, colour, width, 4 * s)
        imgui.end_group()
        widgets.tip(state, f"{name} (class {index})\nprobability {number(probability, 6)}\nscore {number(score, 6)}")
    imgui.pop_style_var()
