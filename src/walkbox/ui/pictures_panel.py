"""The pictures panel: the shelf, the tools for the picture in the frame, noise, the camera."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.brush import BRUSHES
from walkbox.commands import (
    Command,
    FilterShelf,
    MakeNoise,
    PlacePicture,
    ScrollShelf,
    SetTool,
    TakeWebcam,
)
from walkbox.noise import NOISES, noise_name
from walkbox.scene.scene import Scene
from walkbox.ui import icons, widgets
from walkbox.ui.state import UiState

__all__ = ["draw"]

ALL = "all classes"

TOOLS = {
    "hand": (icons.HAND, "Point, click, carry (V)"),
    "paint": (icons.PAINT, "Paint a colour onto the picture in the frame (B)"),
    "erase": (icons.ERASE, "Bring the picture back as it was"),
    "occlude": (icons.OCCLUDE, "Cover it with the grey of its mean"),
    "blur": (icons.BLUR, "Blur it"),
    "crop": (icons.CROP, "Cut a part out of a picture on the shelf or in the air (C)"),
}

SAID = {"pink": "1/f", "gaussian": "Gaussian", "uniform": "Uniform", "checkerboard": "Checkers", "solid": "One colour"}
RADII = 0.01, 0.5


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    with widgets.panel(state, "pictures", "Pictures", commands) as seen:
        if not seen:
            return
        width = imgui.get_content_region_avail().x * 0.6
        _shelf(state, width, commands)
        imgui.separator_text("Tool")
        _tools(state, width, commands)
        imgui.separator_text("Noise")
        _noise(state, width, commands)
        imgui.separator_text("Camera")
        if imgui.button(f"{icons.CAMERA}  Take a picture", (-1, 0)):
            commands.append(TakeWebcam(state.scene.new_id()))
        widgets.tip(state, "A frame of the camera of this machine. It is only opened when you click this.")


def _shelf(state: UiState, width: float, commands: list[Command]) -> None:
    shelf, s = state.scene.shelf, state.scale
    if not len(shelf) and not shelf.label:
        widgets.faint("The shelf is empty. Drop picture files or folders onto the window, or make noise below.")
        return
    classes = shelf.classes()
    if classes:
        chosen = widgets.choice(state, "Class", shelf.label or ALL, (ALL, *classes), width, "Show only these pictures.")
        if chosen is not None and chosen != (shelf.label or ALL):
            commands.append(FilterShelf("" if chosen == ALL else chosen))
    count = len(shelf)
    last = min(shelf.first + shelf.page, count)
    if shelf.last > 0:
        imgui.set_next_item_width(-1)
        changed, first = imgui.slider_int(
            "##first", shelf.first, 0, shelf.last, f"{shelf.first + 1:,} to {last:,} of {count:,}"
        )
        widgets.tip(state, "Scroll the shelf; at the desk the wheel does so over it.")
        if changed and first // shelf.columns != shelf.first // shelf.columns:
            commands.append(ScrollShelf(first))
        each = (imgui.get_content_region_avail().x - 2 * 6 * s) / 3
        if imgui.button(f"{icons.PREVIOUS}##back", (each, 0)):
            commands.append(ScrollShelf(max(shelf.first - shelf.page, 0)))
        widgets.tip(state, "The page before")
        imgui.same_line(0, 6 * s)
        _random(state, icons.RANDOM, each, commands)
        imgui.same_line(0, 6 * s)
        if imgui.button(f"{icons.NEXT}##on", (each, 0)):
            commands.append(ScrollShelf(min(shelf.first + shelf.page, shelf.last)))
        widgets.tip(state, "The next page")
    elif count:
        _random(state, f"{icons.RANDOM}  Any picture", -1.0, commands)


def _random(state: UiState, text: str, width: float, commands: list[Command]) -> None:
    shelf = state.scene.shelf
    if imgui.button(f"{text}###random", (width, 0)) and len(shelf):
        place = shelf.random_place
        shelf.shuffle()
        commands += [ScrollShelf(place), PlacePicture(shelf[place], state.network)]
    widgets.tip(state, "Any picture of those that are shown, into the frame")


def _tools(state: UiState, width: float, commands: list[Command]) -> None:
    tool, s = state.scene.tool, state.scale
    each = (imgui.get_content_region_avail().x - 4 * s * (len(TOOLS) - 1)) / len(TOOLS)
    for index, (name, (icon, explain)) in enumerate(TOOLS.items()):
        if index:
            imgui.same_line(0, 4 * s)
        if widgets.lit_button(state, f"{icon}##{name}", tool.name == name, each):
            commands.append(SetTool(name))
        widgets.tip(state, f"{name.capitalize()}: {explain.partition(' (')[0] if state.worn else explain}")
    if tool.name not in BRUSHES:
        return
    widgets.label(state, "Size", width, "Radius of the brush, as a share of the picture's shorter side.")
    changed, radius = imgui.slider_float("##radius", 100 * tool.radius, 100 * RADII[0], 100 * RADII[1], "%.0f %%")
    if changed:
        commands.append(SetTool(tool.name, radius=round(min(max(radius / 100, RADII[0]), RADII[1]), 4)))
    if tool.name == "paint":
        widgets.label(state, "Colour", width, "What is painted.")
        was = [value / 255 for value in tool.colour]
        changed, colour = imgui.color_edit3("##colour", was, imgui.ColorEditFlags_.no_inputs)
        if changed:
            red, green, blue = (round(min(max(v, 0), 1) * 255) for v in colour)
            commands.append(SetTool(tool.name, colour=(red, green, blue)))
    if not _painted(state.scene):
        with widgets.small_text():
            widgets.faint("Press on the picture in the frame and move. Undo takes a stroke back.")


def _painted(scene: Scene) -> bool:
    return any(one.strokes for one in scene.setup.networks.values())


def _noise(state: UiState, width: float, commands: list[Command]) -> None:
    kind, seed, colour = state.local.noise
    named = {SAID.get(name, name): name for name in NOISES}
    chosen = widgets.choice(state, "Kind", SAID.get(kind, kind), tuple(named), width, "What the picture is made of.")
    kind = named[chosen] if chosen else kind
    widgets.label(state, "Seed", width, "The same seed makes the same picture.")
    _, seed = imgui.input_int("##seed", seed)
    seed = min(max(seed, 0), 2**31 - 1)
    said = widgets.segments(state, "Values", "RGB" if colour else "Grey", ("RGB", "Grey"), width, "Colours, or greys.")
    colour = said == "RGB" if said else colour
    if imgui.button("Make it", (-1, 0)):
        commands.append(MakeNoise(state.scene.new_id(), kind, seed, colour=colour))
        seed += 1  # the next click makes another one
    widgets.tip(state, f"{noise_name(kind, seed)}: onto the shelf")
    state.local.noise = kind, seed, colour
