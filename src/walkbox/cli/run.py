"""``walkbox run``: walk through a model in a headset or a window."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from walkbox.cli.model_arguments import add_model_arguments, add_picture_arguments, model_options
from walkbox.cli.sessions import add_session_arguments, open_session
from walkbox.cli.waiting import Waiting
from walkbox.errors import HostError, UsageError, WalkboxError
from walkbox.hosts import choose
from walkbox.hosts.headset import facts
from walkbox.hosts.platform import display_server

if TYPE_CHECKING:
    from walkbox.app.recording import Recording
    from walkbox.app.walk import Walk
    from walkbox.config import Settings
    from walkbox.settings_file import SettingsKeeper

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    add_model_arguments(parser)
    add_picture_arguments(parser)
    add_session_arguments(parser, record=True)
    parser.add_argument(
        "--host",
        choices=choose.HOSTS,
        default="auto",
        help="where to walk; auto (default) takes the headset where one answers, else the window",
    )
    parser.add_argument(
        "--mirror",
        choices=choose.MIRRORS,
        help="what the window shows while the headset is worn: the left eye, a smoothed view beside the wearer's, or "
        "nothing (default: as last time, at first eye)",
    )
    parser.add_argument(
        "--frames",
        type=int,
        default=0,
        metavar="N",
        help="end after N frames, for scripts; with --host headset only those shown in the headset count",
    )
    parser.add_argument(
        "--save-views",
        type=Path,
        metavar="DIR",
        help="at the end, leave there what each eye was given as PNG, and poses, fields of view and timings as JSON",
    )
    parser.add_argument("--samples", type=int, help="samples a pixel, 0 to choose (default: as last time, at first 0)")


def run(args: argparse.Namespace) -> int:
    """Open the host and walk until it is closed."""
    session = open_session(args, save=True)
    _check(args)
    with ThreadPoolExecutor(1) as pool:  # the runtime is asked while torch is imported
        patience_s = facts.PATIENCE_S if args.host == "auto" else facts.TIMEOUT_S
        asking = pool.submit(facts.ask, timeout_s=patience_s) if args.host in ("auto", "headset") else None
        if asking is not None and args.host == "auto" and display_server() is None:
            obstacle = facts.obstacle(_awaited(asking))
            if obstacle is not None:
                raise HostError(f"There is no display here, and no headset: {obstacle.what}. {_instead(args)}")
        options = model_options(args)
        from walkbox.app.walk import Walk

        found = None if asking is None else _awaited(asking)
    keeper, settings = _settings(args, session.recording)
    host = choose.open_host(args.host, settings, f"walkbox: {args.target}", settings.mirror, found=found)
    answered = found is not None and facts.obstacle(found) is None
    with Walk(args.target, host, panels=True, settings=settings, keeper=keeper, **options) as walk:
        session.begin(walk)
        session.record(walk, args, settings)
        if session.recording is not None:
            _replay(walk, session.recording)
        times: list[dict[str, Any]] = []
        # Ctrl-C is a way to end a walk whose views are wanted.
        with contextlib.suppress(*[KeyboardInterrupt] if args.save_views else []):
            _walk(walk, args, answered, times)
        if walk.failed:
            raise WalkboxError(walk.failed)
        if args.save_views:
            from walkbox.cli.saved_views import save_views

            for path in save_views(walk.host, args.save_views, args.target, times):
                print(path)
        unsaved = walk.scenes.end()
        for path in walk.saved:
            print(path)
        if unsaved:
            raise WalkboxError(unsaved)
    return 0


def _replay(walk: Walk, recording: Recording) -> None:
    """Play a recording: in its own time where somebody watches, else at once."""
    from walkbox.app.replay import Player, replay_at_once

    if walk.host.name != "offscreen":
        walk.player = Player(recording, in_time=True)
        return
    with Waiting() as waiting:
        replay_at_once(walk, recording, on_wait=waiting)
    for notice in walk.ui.notices:
        print(f"walkbox: {notice.text}", file=sys.stderr)


def _check(args: argparse.Namespace) -> None:
    """What can be said before anything is loaded; makes the folder of the views."""
    if args.frames < 0:
        raise UsageError(f"--frames is {args.frames}; 0 (no limit) or more was expected.")
    if args.host == "offscreen" and args.replay:
        args.frames = args.frames or 1
    if args.host == "offscreen" and not args.frames:
        raise UsageError("--host offscreen shows nothing to anybody: say with --frames when it is to end.")
    if args.host == "desktop" and display_server() is None:
        raise HostError(f"There is no display here. {_instead(args)}")
    if args.save_views:
        try:
            args.save_views.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"--save-views is {str(args.save_views)!r}: {error.strerror}. Name a folder, or one that can be made."
            ) from error


def _settings(args: argparse.Namespace, recording: Recording | None) -> tuple[SettingsKeeper | None, Settings]:
    """The kept settings, and these with what was given for this walk alone; of a replay its own, and none are kept."""
    from walkbox.settings_file import SettingsKeeper

    given = {"msaa": args.samples, "mirror": args.mirror}
    given = {name: value for name, value in given.items() if value is not None}
    if recording is not None:
        return None, recording.settings.replace(**given)
    keeper = SettingsKeeper()
    for problem in keeper.problems:
        print(f"walkbox: {problem}", file=sys.stderr)
    return keeper, keeper.settings.replace(**given)


def _awaited(asking: Future[dict[str, Any]]) -> dict[str, Any]:
    with Waiting() as waiting:
        while not asking.done():
            waiting("asking the headset's runtime")
            wait([asking], 0.1)
    return asking.result()


def _walk(walk: Walk, args: argparse.Namespace, answered: bool, times: list[dict[str, Any]]) -> None:
    """Walk until it ends or ``args.frames`` were shown (0: no limit).

    Args:
        walk: as it begins.
        args: of the command.
        answered: a headset did before the walk began; if not, it was said why.
        times: gets when each frame began and how long it took, where their number is limited.
    """
    if args.host == "offscreen":  # nobody watches the model being loaded
        walk.settle()
    host, at_desk, told = walk.host, 0, not answered
    while (
        walk.running and not walk.failed and (not args.frames or at_desk + getattr(host, "rendered", 0) < args.frames)
    ):
        began = time.perf_counter_ns()
        drawn = walk.frame()
        name, why = host.name, getattr(host, "why", None)  # None: a host that knows of no headset
        if name == "headset":
            told = False
        elif why and not told:
            print(f"walkbox: {why}", file=sys.stderr)
            told = True
        if args.frames:
            # At the desk of a headset frames count only once it is known that no headset is to come.
            at_desk += drawn and name != "headset" and args.host != "headset" and why != ""
            times.append({"host": name, "began_ns": began, "frame_ns": time.perf_counter_ns() - began})


def _instead(args: argparse.Namespace) -> str:
    """What one can do where nothing can be shown."""
    words = ["walkbox", "snapshot", args.target, "-o", "walk.png"]
    for name in ("weights", "dtype"):
        if getattr(args, name) is not None:
            words += [f"--{name}", str(getattr(args, name))]
    for name, default in (("device", "cpu"), ("layout", "linear"), ("detail", "layers"), ("colormap", "auto")):
        if getattr(args, name) != default:
            words += [f"--{name}", getattr(args, name)]
    for image in args.image:
        words += ["--image", image]
    return f"Take a picture of the walk instead: {shlex.join(words)}"
