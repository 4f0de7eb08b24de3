"""Contact sheets: all maps of a layer on one picture, with their channels, the layer's name and a legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from walkbox.resources import asset

__all__ = ["Legend", "contact_sheet"]

LEAST_PX, MOST_PX = 56, 256
"""Sides of a cell: small maps are enlarged by whole numbers, large ones reduced."""

MANY, FEW_PX = 4096, 12
"""From so many maps on, their cells are so small and bear no names."""

WIDEST_PX = 1 << 14
ASPECT = 1.5
GAP_PX, MARGIN_PX = 6, 24
BEHIND, PLATE, TEXT, FAINT = (14, 17, 23), (30, 36, 47), (232, 236, 244), (150, 160, 176)
NAME_PX, LEGEND_PX = 170, 200


@dataclass(frozen=True)
class Legend:
    """The colours' meaning.

    Attributes:
        colours: uint8 (256, 3) from the first to the last.
        low, high: what stands at their ends.
    """

    colours: np.ndarray
    low: str
    high: str


def contact_sheet(
    maps: Sequence[np.ndarray], names: Sequence[str], title: str, facts: str, legend: Legend | None = None
) -> np.ndarray:
    """uint8 (H, W, 3) of coloured maps in rows.

    Args:
        maps: uint8 (h, w, 3) each, all of one size; at least one.
        names: what stands under each.
        title: the layer's name.
        facts: a line below it.
        legend: of the colours.
    """
    height, width = maps[0].shape[:2]
    many = len(maps) >= MANY
    longest = max(map(len, names))
    size = _cell(width, height, FEW_PX, FEW_PX) if many else _cell(width, height, LEAST_PX, MOST_PX)
    # Long names (of classes) want room; numbers fit anyway.
    pitch_x = max(size[0], 0 if many or longest <= 5 else min(NAME_PX, 20 + 7 * longest)) + GAP_PX
    pitch_y = size[1] + GAP_PX + (0 if many else 16)
    columns = max(1, min(len(maps), round(math.sqrt(len(maps) * ASPECT * pitch_y / pitch_x))))
    columns = min(columns, (WIDEST_PX - 2 * MARGIN_PX) // pitch_x or 1)
    rows = -(-len(maps) // columns)

    heading, small = _font(22), _font(12)
    beside = 0 if legend is None else LEGEND_PX + MARGIN_PX
    wide = max(columns * pitch_x - GAP_PX, math.ceil(max(heading.getlength(title), small.getlength(facts))) + beside)
    top = MARGIN_PX + 62
    sheet = Image.new("RGB", (wide + 2 * MARGIN_PX, top + rows * pitch_y + MARGIN_PX), BEHIND)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN_PX, MARGIN_PX - 6), title, TEXT, heading)
    draw.text((MARGIN_PX, MARGIN_PX + 26), facts, FAINT, small)
    if legend is not None:
        _draw_legend(sheet, draw, legend, small)
    reduced = size[0] < width or size[1] < height
    for index, (pixels, name) in enumerate(zip(maps, names, strict=True)):
        x, y = MARGIN_PX + index % columns * pitch_x, top + index // columns * pitch_y
        image = Image.fromarray(pixels)
        if size != image.size:
            image = image.resize(size, Image.Resampling.BOX if reduced else Image.Resampling.NEAREST)
        sheet.paste(image, (x, y))
        if not many:
            draw.text((x, y + size[1] + 1), _fitted(name, small, pitch_x - GAP_PX), FAINT, small)
    return np.asarray(sheet)


def _cell(width: int, height: int, least: int, most: int) -> tuple[int, int]:
    """Size of a cell: larger maps are reduced to *most*, smaller ones enlarged by whole numbers to *least* at least."""
    longer = max(width, height)
    factor = most / longer if longer > most else -(-least // longer)
    # A signal is made thick enough to see.
    thin = min(16, least)
    return max(thin, round(width * factor)), max(thin, round(height * factor))


def _draw_legend(sheet: Image.Image, draw: ImageDraw.ImageDraw, legend: Legend, font: ImageFont.FreeTypeFont) -> None:
    width, right, y = LEGEND_PX, sheet.width - MARGIN_PX, MARGIN_PX
    bar = Image.fromarray(np.ascontiguousarray(legend.colours[None])).resize((width, 12), Image.Resampling.NEAREST)
    sheet.paste(bar, (right - width, y))
    draw.text((right - width, y + 14), legend.low, FAINT, font)
    draw.text((right, y + 14), legend.high, FAINT, font, anchor="ra")


def _fitted(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "\N{HORIZONTAL ELLIPSIS}") > width:
        text = text[:-1]
    return text + "\N{HORIZONTAL ELLIPSIS}"


def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(asset("fonts/Inter-Medium.otf")), size_px)
