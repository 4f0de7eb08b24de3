"""The command ``walkbox``: finds the verb, runs it, and turns errors into one message and an exit code.

A verb is a module with ``add_arguments(parser)`` and ``run(args) -> int``, and stands in :data:`VERBS`. It is imported
only when it is chosen, so ``walkbox --help`` needs neither torch nor a graphics library.

Results go to stdout, talk and errors to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C,
141 nobody reads stdout any more.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from walkbox import __version__
from walkbox.errors import UsageError, WalkboxError, nearest

__all__ = ["VERBS", "main"]

VERBS = {
    "run": ("walkbox.cli.run", "walk through a model in a headset or a window (the demo when no model is named)"),
    "snapshot": ("walkbox.cli.snapshot", "render a picture of the walk, without a screen"),
    "export": ("walkbox.cli.export", "write layers as pictures, tables and arrays, without a screen"),
    "inspect": ("walkbox.cli.inspect", "print the layers of a model"),
    "doctor": ("walkbox.cli.doctor", "check this machine: graphics, torch, headset, memory"),
}

INTERRUPTED = 130
BROKEN_PIPE = 141


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are :class:`UsageError`, with the nearest option."""

    def error(self, message: str) -> NoReturn:
        self.complain(f"{message[0].upper()}{message[1:]}.")

    def complain(self, message: str) -> NoReturn:
        raise UsageError(f"{message} `{self.prog} --help` shows what there is.")

    def parse_args(self, args=None, namespace=None):  # type: ignore[override]
        known, unknown = self.parse_known_args(args, namespace)
        if unknown:
            options = [option for action in self._actions for option in action.option_strings]
            hint = nearest(unknown[0].split("=")[0], options, 1) if unknown[0].startswith("-") else ""
            self.complain(f"Unknown argument {unknown[0]!r}.{' ' + hint if hint else ''}")
        return known


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``walkbox`` with *argv* (default: the words after the program's name). Returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except WalkboxError as error:
        if debug:
            traceback.print_exc()
        print(f"walkbox: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        if debug:
            traceback.print_exc()
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered has no reader either; without this, Python complains when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        if debug:
            traceback.print_exc()
        else:
            print(f"walkbox: unexpected {type(error).__name__}: {error}", file=sys.stderr)
            print("walkbox: run the same command with --debug to see where it happened.", file=sys.stderr)
        return 1


def _run(words: list[str]) -> int:
    at = next((i for i, word in enumerate(words) if not word.startswith("-")), len(words))
    parser = _top_parser()
    try:
        parser.parse_args(words[:at])
        if at == len(words):
            parser.print_help(sys.stderr)
            return UsageError.exit_code
        verb = words[at]
        if verb not in VERBS:
            raise UsageError(_unknown_verb(verb))
        module = importlib.import_module(VERBS[verb][0])
        parser = _Parser(prog=f"walkbox {verb}", description=VERBS[verb][1].capitalize() + ".", allow_abbrev=False)
        module.add_arguments(parser)
        _add_debug(parser)
        args = parser.parse_args(words[at + 1 :])
    except SystemExit as after_help:
        return int(after_help.code or 0)
    return module.run(args)


def _top_parser() -> _Parser:
    width = max(map(len, VERBS))
    parser = _Parser(
        prog="walkbox",
        usage="walkbox [-h] [--version] [--debug] VERB ...",
        description="Walk through your own PyTorch model.",
        epilog="verbs:\n"
        + "\n".join(f"  {verb:{width}}  {help_}" for verb, (_, help_) in VERBS.items())
        + "\n\n`walkbox VERB --help` says more. `walkbox run` starts the demo.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"walkbox {__version__}")
    _add_debug(parser)
    return parser


def _add_debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", help="show where an error happened")


def _unknown_verb(verb: str) -> str:
    if verb.endswith(".py") or ":" in verb:
        hint = f"Did you mean `walkbox run {verb}`?"
    else:
        hint = nearest(verb, VERBS)
    return f"There is no verb {verb!r}. {hint + ' ' if hint else ''}The verbs are: {', '.join(VERBS)}."
