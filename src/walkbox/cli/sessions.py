"""Scene files and recordings on the command line: ``--scene``, ``--record`` and ``--replay``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from walkbox.cli.model_arguments import add_model_arguments, add_picture_arguments
from walkbox.errors import UsageError

if TYPE_CHECKING:
    from walkbox.app.recording import Recording
    from walkbox.app.scenes import SceneFile
    from walkbox.app.walk import Walk
    from walkbox.config import Settings

__all__ = ["Session", "add_session_arguments", "open_session"]

OPTIONS = ("weights", "device", "dtype", "detail", "layout", "colormap", "image")
"""Options that a recording keeps, by their names in the arguments."""


def add_session_arguments(parser: argparse.ArgumentParser, *, record: bool) -> None:
    """``--scene`` and ``--replay``, for a walk ``--record`` too; TARGET may come from their files then."""
    saved = "; what changes is saved there at the end, and a file that does not exist is made" if record else ""
    parser.add_argument("--scene", type=Path, metavar="FILE", help=f"arrange everything as this scene file says{saved}")
    parser.add_argument(
        "--replay", type=Path, metavar="FILE", help="do what a recording of `walkbox run --record` says"
    )
    if record:
        parser.add_argument("--record", type=Path, metavar="FILE", help="write every command of the walk to a new file")
    parser.set_defaults(target=None)


@dataclass(frozen=True)
class Session:
    """What the arguments name.

    Attributes:
        scene: the scene file that was read, or the one that the recorded walk began with; None for none.
        scene_path: where the scene is to be saved at the end, or None.
        recording: to be replayed, or None.
    """

    scene: SceneFile | None = None
    scene_path: Path | None = None
    recording: Recording | None = None

    def begin(self, walk: Walk) -> None:
        """Tell a walk that has just been made."""
        if self.scene_path is not None:
            walk.scenes.begin(self.scene_path, self.scene)
        elif self.scene is not None:
            walk.scenes.begin_with(self.scene)

    def record(self, walk: Walk, args: argparse.Namespace, settings: Settings) -> None:
        """Have the walk written down, where that was asked for."""
        if args.record is not None:
            from walkbox.app.recorder import Recorder

            options = {name: getattr(args, name) for name in OPTIONS if getattr(args, name) != _default(name)}
            size_px = getattr(walk.host, "size_px", None)
            walk.recorder = Recorder(args.record, args.target, options, settings, size_px, scene=self.scene)


def open_session(args: argparse.Namespace, *, save: bool) -> Session:
    """Read what ``--scene`` and ``--replay`` name, and set the arguments that were not given as their files say.

    Args:
        args: of the verb; its target is never None afterwards.
        save: the scene is to be saved when the walk ends.

    Raises:
        WalkboxError: a file that cannot be used, or options that exclude each other.
    """
    given = [name for name in ("scene", "record", "replay") if getattr(args, name, None) is not None]
    if "replay" in given and len(given) > 1:
        other = next(name for name in given if name != "replay")
        raise UsageError(f"--replay and --{other} were both given. A replay does what its file says: name one of them.")
    session = Session()
    if args.replay is not None:
        session = _replay(args)
    elif args.scene is not None:
        session = _scene(args, save)
    args.target = args.target or "demo"
    return session


def _replay(args: argparse.Namespace) -> Session:
    from walkbox.app.recording import read_recording
    from walkbox.app.scenes import parse_scene

    recording = read_recording(args.replay)
    for problem in recording.problems:
        print(f"walkbox: {problem}", file=sys.stderr)
    args.target = args.target or recording.target
    for name in OPTIONS:
        value = recording.options.get(name)
        if value is not None and getattr(args, name) == _default(name):
            _set(args, name, value)
    scene = None if recording.scene is None else parse_scene(*recording.scene)
    return Session(scene, None, recording)


def _set(args: argparse.Namespace, name: str, value: Any) -> None:
    texts = value if name == "image" else (value,)
    if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
        raise UsageError(f"{args.replay}, line 1: the option {name!r} is {value!r}; a text was expected.")
    setattr(args, name, Path(value) if name == "weights" else list(texts) if name == "image" else value)


def _scene(args: argparse.Namespace, save: bool) -> Session:
    from walkbox.app.references import target_at
    from walkbox.app.scenes import read_scene

    path = args.scene
    if save and not path.absolute().parent.is_dir():
        raise UsageError(f"The folder of --scene, {path.absolute().parent}, does not exist. Make it first.")
    if save and not path.exists():
        return Session(None, path)
    scene = read_scene(path)
    args.target = args.target or target_at(scene.kept.model.target, path) or None
    one = scene.kept.setup.networks.get(0)
    for name in ("layout", "detail"):
        if one is not None and getattr(args, name) == _default(name):
            setattr(args, name, getattr(one, name))
    return Session(scene, path if save else None)


@cache
def _default(name: str) -> Any:
    parser = argparse.ArgumentParser()
    add_model_arguments(parser)
    add_picture_arguments(parser)
    return parser.get_default(name)
