"""Layout: graph to positions. :func:`arrange` is the way in; ``@register("name")`` adds a layout."""

from __future__ import annotations

from walkbox.layout import folded, linear, spiral, stacked  # noqa: F401  (they register themselves)
from walkbox.layout.arrangement import Arrangement
from walkbox.layout.registry import LAYOUTS, arrange, check_layout, register

__all__ = ["LAYOUTS", "Arrangement", "arrange", "check_layout", "register"]
