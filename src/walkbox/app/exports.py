"""Exporting from the walk: what a command means just now, and what is said when it is done."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from walkbox.commands import Export
from walkbox.errors import UsageError
from walkbox.export import DEFAULT_KINDS, ExportJob, check_folder, check_kinds
from walkbox.files import fresh_path
from walkbox.findings import Exported
from walkbox.names import safe_name

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["begin_export", "end_export"]


def begin_export(walk: Walk, command: Export) -> None:
    """Have the model thread write layers to files, coloured as they hang in the scene.

    Raises:
        WalkboxError: an unknown network, layer or kind, or a folder that is not free.
    """
    network = walk.scene.networks.get(command.network)
    if network is None:
        raise UsageError(f"There is no network {command.network} yet; export when the model has been recorded.")
    layers = network.graph.layers
    for layer in command.layers:
        if not 0 <= layer < len(layers):
            raise UsageError(f"There is no layer {layer}; {network.title} has layers 0 to {len(layers) - 1}.")
    what = check_kinds(command.what or DEFAULT_KINDS)
    folder = _new_folder(network.title) if command.folder is None else Path(command.folder).expanduser()
    check_folder(folder)
    arranged = walk.scene.setup.networks.get(network.id)
    job = ExportJob(
        folder,
        tuple(layers[layer].name for layer in command.layers),
        what,
        display=dataclasses.asdict(network.display),
        limits={layers[layer].name: ends for layer, ends in network.limits.items()},
        depth=0.5 if arranged is None else arranged.depth,
        network=network.id,
        strokes=0 if arranged is None else len(arranged.strokes),
    )
    if network.picture is not None:
        picture = network.picture
        job = dataclasses.replace(job, picture=picture.name, label=picture.label, path=picture.path)
    walk.engine.export(job)


def end_export(walk: Walk, message: Exported) -> None:
    """Say where an export stands."""
    if message.files:
        walk.saved.append(Path(message.folder))
        walk.ui.say(f"Exported {message.files:,} files to {message.folder}")
    else:
        walk.ui.say(f"The export to {message.folder} was given up; nothing of it is left.")


def _new_folder(title: str) -> Path:
    """Among the person's documents (made when it is missing)."""
    folder = Path(platformdirs.user_documents_dir()) / "walkbox"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be made: {error.strerror}. Name a folder to export to."
        ) from error
    return fresh_path(folder, safe_name(time.strftime(f"{safe_name(title)} %Y-%m-%d %H.%M.%S")), "")
