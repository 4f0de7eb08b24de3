"""Where each panel stands at first, in points: on a window, and on the board that a headset's wearer sees."""

from __future__ import annotations

__all__ = ["BOARD_SCALE", "TOOLBAR", "Place", "on_board", "on_screen"]

Place = tuple[float, float, float, float]
"""x, y, width, height."""

TOOLBAR, TOOLBAR_BARE, TOOLBAR_WORN = 834.0, 330.0, 428.0
"""Points that the toolbar takes: with words, without them in a narrow window, and on a board."""

WORDS = 1040.0
"""Points that a window is wide at least for the toolbar to have words."""

SHARING = ({"display", "pictures", "scene"}, {"help", "where", "note"})
"""Panels that share a place in the window: one of each is open at a time. On a board all share one."""

BOARD_SCALE = 1.5
"""Pixels that a point takes on a board of 1280 x 800 pixels, 1.6 x 1.0 m large and 1.25 m away.

A pixel is 0.057 degrees there, so a capital letter is 0.8 degrees high (0.7 in small text) and a button 2.4: one reads
from 0.4 on without effort, and a hand that is held out hits from 2 on.
"""


def on_screen(width: float, height: float) -> dict[str, Place]:
    """None overlaps another from 1280 x 720 on, but for those of :data:`SHARING`, and for help and comfort, which share
    a place where it is narrow.

    ::

        toolbar  times
        layers | display, pictures, scene | notices, progress      | map
        result |                          | help, where, note | comfort |
    """
    gap, top, bar = 16.0, 16.0, 44.0
    under = top + bar + 8
    room = max(height - under - gap, 200.0)
    left = min(300.0, width * 0.24)
    right = min(max(372.0, width * 0.26), 520.0)
    middle = min(280.0, width * 0.22)
    x_middle = gap + left + gap
    x_right = width - gap - right
    x_rest = x_middle + middle + gap
    rest = max(x_right - gap - x_rest, 200.0)
    layers = (room - gap) * 0.4
    notices = min(190.0, room * 0.4)
    lower = room - notices - gap
    half = (rest - gap) / 2
    beside = half >= 290
    toolbar = TOOLBAR if width >= WORDS else TOOLBAR_BARE
    each = min(half, 420.0) if beside else min(rest, 420.0)
    return {
        "toolbar": (gap, top, 0.0, bar),
        "times": (gap + toolbar, top, max(width - 2 * gap - toolbar, 120.0), bar),
        "layers": (gap, under, left, layers),
        "result": (gap, under + layers + gap, left, room - layers - gap),
        **dict.fromkeys(("display", "pictures", "scene"), (x_middle, under, middle, room)),
        "notices": (x_rest, under, rest, notices),
        **dict.fromkeys(("help", "where", "note"), (x_rest, under + notices + gap, each, min(lower, 460.0))),
        "comfort": (x_rest + (each + gap if beside else 0.0), under + notices + gap, each, min(lower, 460.0)),
        "map": (x_right, under, right, room),
    }


def on_board(width: float, height: float) -> dict[str, Place]:
    """One panel at the left, the map panel at the right, so that everything is large enough for a ray.

    ::

        toolbar                                | strip: what is under the ray
        layers, result, display, ...           | map, notices
        times
    """
    gap, bar, row = 6.0, 44.0, 38.0
    toolbar = TOOLBAR_WORN
    under = gap + bar + gap
    room = height - under - gap - row - gap
    left = width * 0.445
    x_right = gap + left + gap
    beside = (gap, under, left, room)
    right = (x_right, under, width - gap - x_right, room)
    return {
        "toolbar": (gap, gap, 0.0, bar),
        "strip": (gap + toolbar, gap, width - 2 * gap - toolbar, bar),
        **dict.fromkeys(
            ("layers", "result", "comfort", *(name for names in SHARING for name in sorted(names))), beside
        ),
        "notices": right,
        "map": right,
        "times": (gap, height - gap - row, width - 2 * gap, row),
    }
