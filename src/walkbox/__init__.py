"""Walk through your own PyTorch model."""

from __future__ import annotations

from walkbox.marks import mark

__all__ = ["__version__", "mark"]

__version__ = "0.1.0"
