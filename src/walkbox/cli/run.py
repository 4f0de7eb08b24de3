"""``walkbox run``: walk through a model in a window."""

from __future__ import annotations

import argparse
import shlex

from walkbox.cli.model_arguments import add_model_arguments, add_picture_arguments, model_options
from walkbox.errors import HostError, WalkboxError

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    add_model_arguments(parser)
    add_picture_arguments(parser)
    parser.add_argument("--frames", type=int, default=0, metavar="N", help="end after N frames (for scripts)")
    parser.add_argument("--samples", type=int, default=0, help="multisampling; 0 chooses (default)")


def run(args: argparse.Namespace) -> int:
    """Open the window and walk until it is closed."""
    from walkbox.hosts.platform import display_server

    if display_server() is None:
        raise HostError(f"There is no display here. Take a picture of the walk instead: {_snapshot_command(args)}")
    options = model_options(args)

    from walkbox.app.walk import Walk
    from walkbox.config import Settings
    from walkbox.hosts.desktop import DesktopHost

    settings = Settings(msaa=args.samples)
    host = DesktopHost(settings, title=f"walkbox: {args.target}")
    with Walk(args.target, host, panels=True, settings=settings, **options) as walk:
        walk.run(args.frames)
        if walk.failed:
            raise WalkboxError(walk.failed)
        for path in walk.saved:
            print(path)
    return 0


def _snapshot_command(args: argparse.Namespace) -> str:
    words = ["walkbox", "snapshot", args.target, "-o", "walk.png"]
    for name in ("weights", "dtype"):
        if getattr(args, name) is not None:
            words += [f"--{name}", str(getattr(args, name))]
    for name, default in (("device", "cpu"), ("layout", "linear"), ("detail", "layers"), ("colormap", "auto")):
        if getattr(args, name) != default:
            words += [f"--{name}", getattr(args, name)]
    for image in args.image:
        words += ["--image", image]
    return shlex.join(words)
