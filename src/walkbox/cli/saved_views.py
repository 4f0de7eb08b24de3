"""What each eye was given last, as PNG and JSON: for scripts and bug reports."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any

from walkbox import __version__
from walkbox.errors import WalkboxError
from walkbox.files import save_png, written_whole
from walkbox.hosts.base import Host
from walkbox.view import View

__all__ = ["save_views"]


def save_views(host: Host, folder: Path, target: str, frames: list[dict[str, Any]]) -> list[Path]:
    """Write ``left.png`` and ``right.png`` (``view.png`` for a single one) and ``views.json``.

    Files of the same names are replaced, each only once its successor is whole.

    Args:
        host: asked for the views of its last frame, and a headset for the timings of its last frames too.
        folder: an existing one.
        target: what was walked through.
        frames: of the loop: where each was shown, when it began and how long it took, nanoseconds.

    Returns:
        what was written; ``views.json`` last, so that where it lies the pictures do.

    Raises:
        WalkboxError: no frame has been shown, or a file cannot be written.
    """
    headset: Any = host  # what only the headset's host has
    shown = host.read_views() if host.name == "headset" else getattr(host, "desk", host).read_views()
    if not shown:
        raise WalkboxError(f"No frame was shown in the {host.name}, so there are no views to save.")
    names = ["left", "right"] if len(shown) == 2 else [f"view-{n}" if n else "view" for n in range(len(shown))]
    paths, views = [], []
    for name, (view, pixels) in zip(names, shown, strict=True):
        paths.append(folder / f"{name}.png")
        save_png(pixels, paths[-1])
        views.append({"name": name, "file": paths[-1].name} | _described(view))
    report = {
        "walkbox": __version__,
        "target": target,
        "host": host.name,
        "views": views,
        "frames": frames,
    }
    if host.name == "headset":
        report["headset"] = {
            "rendered": headset.rendered,
            "late_frames": headset.late_frames,
            "states": [str(getattr(state, "name", state)) for state in headset.states],
            "timings": [dataclasses.asdict(timing) for timing in headset.timings],
        }
    paths.append(folder / "views.json")
    with written_whole(paths[-1]) as beside:
        beside.write_text(_compact(json.dumps(report, indent=1)) + "\n", encoding="utf-8")
    return paths


def _described(view: View) -> dict[str, Any]:
    fov = dataclasses.asdict(view.fov)
    return {
        "size_px": list(view.size_px),
        "fov_rad": fov,
        "fov_deg": {side: math.degrees(angle) for side, angle in fov.items()},
        "world_from_view": [[float(x) for x in row] for row in view.world_from_view],
        "scale": view.scale,
    }


def _compact(text: str) -> str:
    """Indented JSON with everything that holds only numbers and words on one line."""
    return re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda found: re.sub(r"\s*\n\s*", " ", found[0]), text)
