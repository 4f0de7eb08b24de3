"""Layout: graph to positions. :func:`arrange` is the way in; ``@register("name")`` adds a layout."""

from __future__ import annotations

from walkbox.layout import linear, spiral, folded, stacked  # noqa: F401, I001  (they register themselves, in this order)
from walkbox.layout.arrangement import Arrangement
from walkbox.layout.registry import LAYOUTS, arrange, check_layout, register

__all__ = ["LAYOUTS", "Arrangement", "arrange", "check_layout", "register"]
