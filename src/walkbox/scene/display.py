"""How a network's values become colours. A change costs nothing: the values stay, the shader does the rest."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from walkbox.errors import SettingsError, nearest

__all__ = ["Display"]


@dataclass(frozen=True)
class Display:
    """Colours of one network's maps. Immutable: :meth:`replace` gives a changed copy.

    Attributes:
        colormap: a name of :data:`walkbox.colour.COLORMAPS`, or ``auto``: diverging for layers with negative values,
            sequential for the others.
        scope: the range is that of each map, of the layer, or of the whole model.
        limits: from minimum to maximum, or from the 1st to the 99th percentile (per map: always minimum to maximum).
        symmetric: make the range symmetric about zero: ``auto`` for layers with negative values, else on or off.
        transfer: ``linear``, or ``log`` (symmetric logarithm: sign(v) log(1 + |v|), ends at the same colours).
        interpolation: ``nearest`` shows the values as they are, ``linear`` smooths them.
    """

    colormap: str = "auto"
    scope: Literal["map", "layer", "model"] = "layer"
    limits: Literal["extremes", "percentiles"] = "percentiles"
    symmetric: Literal["auto", "on", "off"] = "auto"
    transfer: Literal["linear", "log"] = "linear"
    interpolation: Literal["nearest", "linear"] = "nearest"

    def replace(self, **changes: str) -> Display:
        """A copy with some fields changed.

        Raises:
            SettingsError: for a field or a choice that does not exist.
        """
        from walkbox.colour import COLORMAPS

        hints = get_type_hints(type(self))
        for name, value in changes.items():
            if name not in hints:
                raise SettingsError(
                    f"Display has no field {name!r}. {nearest(name, hints)} It has: {', '.join(hints)}."
                )
            choices = ("auto", *COLORMAPS) if name == "colormap" else get_args(hints[name])
            if value not in choices:
                hint, known = nearest(str(value), choices), ", ".join(choices)
                raise SettingsError(f"Display.{name} is {value!r}. {hint} The choices are: {known}.")
        return dataclasses.replace(self, **changes)
