"""``walkbox snapshot``: a picture of the walk, without a screen."""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
from pathlib import Path

from walkbox.cli.model_arguments import add_model_arguments, add_picture_arguments, model_options
from walkbox.cli.sessions import add_session_arguments, open_session
from walkbox.cli.waiting import Waiting
from walkbox.errors import UsageError, WalkboxError

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    add_model_arguments(parser)
    add_picture_arguments(parser)
    add_session_arguments(parser, record=False)
    parser.add_argument("-o", "--output", type=Path, default=Path("walk.png"), help="PNG to write (default: walk.png)")
    parser.add_argument("--size", type=_size, metavar="WxH", help="pixels (default: 1600x900, or as recorded)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--layer", metavar="NAME", help="stand in front of this layer")
    where.add_argument("--eye", type=_point, metavar="X,Y,Z", help="stand here (metres; the network lies along -z)")
    where.add_argument("--entrance", action="store_true", help="stand at the entrance, where a walk begins")
    parser.add_argument("--look-at", type=_point, metavar="X,Y,Z", help="look at this point (with --eye)")
    parser.add_argument("--fov", type=float, help="vertical field of view, degrees (default: 62, or as recorded)")
    parser.add_argument("--samples", type=int, help="multisampling; 0 chooses (default)")


def run(args: argparse.Namespace) -> int:
    """Render the picture and print where it lies."""
    if args.look_at and not args.eye:
        raise UsageError("--look-at needs --eye: from where should one look?")
    if args.output.suffix.lower() != ".png":
        raise UsageError(f"--output is {str(args.output)!r}; a name that ends in .png was expected.")
    if not args.output.absolute().parent.is_dir():
        raise UsageError(f"The folder of --output, {args.output.absolute().parent}, does not exist. Make it first.")
    session = open_session(args, save=False)
    options = model_options(args)

    from walkbox.app.replay import replay_at_once
    from walkbox.app.walk import Walk
    from walkbox.config import Settings
    from walkbox.files import save_png
    from walkbox.hosts.offscreen import OffscreenHost

    recording = session.recording
    settings = Settings() if recording is None else recording.settings
    given = {"msaa": args.samples, "fov_deg": args.fov}
    settings = dataclasses.replace(settings, **{name: value for name, value in given.items() if value is not None})
    args.size = args.size or (recording.size_px if recording is not None else None) or (1600, 900)
    args.fov = settings.fov_deg
    host = OffscreenHost(args.size, args.fov, settings.msaa)
    with Walk(args.target, host, settings=settings, **options) as walk:
        session.begin(walk)
        with Waiting() as waiting:
            walk.settle(on_wait=waiting)
            if recording is not None:
                replay_at_once(walk, recording, on_wait=waiting)
        network = walk.network()
        if network is None:
            raise WalkboxError(walk.failed or "The model could not be shown.")
        stands = recording is not None or (session.scene is not None and session.scene.kept.stand is not None)
        chosen = args.layer or args.eye or args.entrance
        pixels = walk.photograph(walk.pose() if stands and not chosen else _pose(args, network))
        for notice in walk.ui.notices:
            print(f"walkbox: {notice.text}", file=sys.stderr)
    save_png(pixels, args.output)
    print(args.output)
    return 0


def _pose(args: argparse.Namespace, network):
    """world_from_view of the camera that the arguments ask for."""
    import numpy as np

    from walkbox.geometry import look_at, walker_matrix
    from walkbox.scene.viewpoints import in_front_of, overview

    aspect = args.size[0] / args.size[1]
    if args.layer:
        position, yaw, pitch, _ = in_front_of(network, network.graph.layer(args.layer).id, args.fov, aspect)
        return walker_matrix(position + np.array([0, 1.65, 0], np.float32), yaw, pitch)
    if args.entrance:
        arrangement = network.arrangement
        return walker_matrix(arrangement.entrance + np.array([0, 1.65, 0], np.float32), arrangement.entrance_yaw, 0.0)
    if args.eye:
        eye = np.array(args.eye, np.float32)
        target = np.array(args.look_at, np.float32) if args.look_at else eye + np.array([0, 0, -1], np.float32)
        return look_at(eye, target)
    return look_at(*overview(network, args.fov, aspect))


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)[xX](\d+)", text)
    if not match or not all(16 <= int(n) <= 16384 for n in match.groups()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; 1600x900 was expected, 16 to 16384 pixels a side")
    return int(match[1]), int(match[2])


def _point(text: str) -> tuple[float, float, float]:
    try:
        x, y, z = (float(n) for n in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a point; metres were expected, like 0,1.7,4") from None
    return x, y, z
