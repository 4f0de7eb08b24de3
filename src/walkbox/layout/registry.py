"""The layouts by name."""

from __future__ import annotations

from collections.abc import Callable

from walkbox.errors import LayoutError, nearest
from walkbox.graph import ModelGraph
from walkbox.layout.arrangement import Arrangement

__all__ = ["LAYOUTS", "Layout", "arrange", "check_layout", "register"]

Layout = Callable[[ModelGraph], Arrangement]

LAYOUTS: dict[str, Layout] = {}
"""Every registered layout: graph -> arrangement."""


def register(name: str) -> Callable[[Layout], Layout]:
    """Decorator: make a function known as the layout *name*."""

    def keep(layout: Layout) -> Layout:
        LAYOUTS[name] = layout
        return layout

    return keep


def arrange(graph: ModelGraph, layout: str = "linear") -> Arrangement:
    """Lay a graph out.

    Raises:
        LayoutError: for a name that is not registered.
    """
    check_layout(layout)
    return LAYOUTS[layout](graph)


def check_layout(name: str) -> None:
    """Raise the :class:`LayoutError` of an unknown name, before anything slow has begun."""
    if name not in LAYOUTS:
        hint = nearest(name, LAYOUTS)
        known = ", ".join(LAYOUTS)
        raise LayoutError(f"There is no layout {name!r}. {hint + ' ' if hint else ''}The layouts are: {known}.")
