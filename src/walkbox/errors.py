"""Every error that walkbox raises on purpose.

::

    WalkboxError                 anything below; carries an exit code for the command line
    |-- UsageError               wrong words on the command line or in a call (exit code 2)
    |-- TargetError              a model cannot be found, imported or built
    |   `-- MissingPackageError  a package that the target needs is not installed
    |-- WeightsError             a weights file does not fit the model, or cannot be read safely
    |-- ExampleError             no example input is known, or it has the wrong form
    |-- LayerNotFoundError       a name that is not in the graph (with the nearest names)
    |-- BlockError               a layer that cannot be opened, or belongs to no block that could be closed
    |-- PictureError             a picture cannot be read, or cannot become an input
    |-- LayoutError              an unknown layout, or a graph it cannot place
    |-- SettingsError            a setting that does not exist or has a wrong value
    |-- ResourceError            a file that ships with walkbox is missing
    `-- HostError                no window, no graphics, no headset

Messages say what happened (with the values), what was expected, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BlockError",
    "ExampleError",
    "HostError",
    "LayerNotFoundError",
    "LayoutError",
    "MissingPackageError",
    "PictureError",
    "ResourceError",
    "SettingsError",
    "TargetError",
    "UsageError",
    "WalkboxError",
    "WeightsError",
    "nearest",
]


class WalkboxError(Exception):
    """Base of all deliberate errors.

    Attributes:
        exit_code: what the command line returns for it (1 failed, 2 wrong usage).
    """

    exit_code = 1


class UsageError(WalkboxError):
    """Wrong words on the command line or in a call."""

    exit_code = 2


class TargetError(WalkboxError):
    """A model cannot be found, imported or built."""


class MissingPackageError(TargetError):
    """A package that the target needs is not installed."""


class WeightsError(WalkboxError):
    """A weights file does not fit the model, or cannot be read safely."""


class ExampleError(WalkboxError):
    """No example input is known, or it has the wrong form."""


class LayerNotFoundError(WalkboxError):
    """A name that is not in the graph."""


class BlockError(WalkboxError):
    """A layer cannot be opened, or belongs to no block that could be closed."""


class PictureError(WalkboxError):
    """A picture cannot be read, or cannot become an input."""


class LayoutError(WalkboxError):
    """An unknown layout, or a graph it cannot place."""


class SettingsError(WalkboxError):
    """A setting that does not exist or has a wrong value."""


class ResourceError(WalkboxError):
    """A file that ships with walkbox is missing."""


class HostError(WalkboxError):
    """No window, no graphics, or no headset."""


def nearest(name: str, names: Iterable[str], count: int = 3) -> str:
    """A sentence that suggests the names most like *name*, or an empty string.

    >>> nearest("layer4.conv9", ["layer4.conv3", "fc"])
    "Did you mean 'layer4.conv3'?"
    """
    found = difflib.get_close_matches(name, list(names), n=count, cutoff=0.5)
    if not found:
        return ""
    return "Did you mean " + " or ".join(repr(f) for f in found) + "?"
