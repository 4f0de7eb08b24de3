"""``walkbox export``: layers as pictures, tables and arrays, without a screen."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from walkbox.cli.model_arguments import add_model_arguments
from walkbox.cli.waiting import Waiting
from walkbox.errors import PictureError, UsageError

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec
    from walkbox.engine.exporting import Exporter
    from walkbox.engine.pictures import LoadedPicture

__all__ = ["add_arguments", "run"]

LOOKS = ("colormap", "scope", "limits", "symmetric", "transfer")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    from walkbox.graph import DETAILS
    from walkbox.scene.display import Display

    usual = Display()
    add_model_arguments(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="new folder to write to")
    parser.add_argument("--force", action="store_true", help="replace an older export that stands there")
    parser.add_argument(
        "--layer",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="names of layers, or patterns such as 'layer1.*' (default: all; `walkbox inspect` lists them)",
    )
    parser.add_argument(
        "--what",
        nargs="+",
        action="extend",
        metavar="KIND",
        help="activations, sheet, values, kernels, weights, statistics (default: activations sheet statistics)",
    )
    parser.add_argument("--image", metavar="FILE", help="picture to run the model on (default: as a walk begins)")
    parser.add_argument(
        "--detail", choices=DETAILS, default="layers", help="which outputs become layers (default: %(default)s)"
    )
    parser.add_argument("--depth", type=float, default=0.5, help="slice of volumes to draw, 0 to 1 (default: 0.5)")
    for name in LOOKS:
        parser.add_argument(f"--{name}", default=getattr(usual, name), help=_HELP[name] + " (default: %(default)s)")


_HELP = {
    "colormap": "name of a colour map",
    "scope": "whose range the colours span: map, layer or model",
    "limits": "what is the range: extremes or percentiles",
    "symmetric": "range symmetric about zero: auto, on or off",
    "transfer": "linear or log",
}


def run(args: argparse.Namespace) -> int:
    """Write the export and print its folder; 1 when the model raised on the way."""
    from walkbox.export import DEFAULT_KINDS, ExportJob, check_folder, check_kinds
    from walkbox.scene.display import Display

    display = Display().replace(**{name: getattr(args, name) for name in LOOKS})
    what = check_kinds(DEFAULT_KINDS if args.what is None else args.what)
    if not 0 <= args.depth <= 1:
        raise UsageError(f"--depth is {args.depth:g}; 0 (first slice) to 1 (last) was expected.")
    if args.image is not None and not Path(args.image).exists():
        raise PictureError(f"There is no picture {args.image!r}. Name a picture file.")
    check_folder(args.output, args.force)

    with Waiting() as waiting:
        waiting("importing torch")
        from walkbox.capture.recorder import record
        from walkbox.capture.target import load
        from walkbox.engine.exporting import Exporter
        from walkbox.engine.inputs import prepare

        spec = load(args.target, weights=args.weights, device=args.device, dtype=args.dtype)
        picture = _picture(args.image, spec)
        pixels = None if picture is None else picture.pixels
        inputs: Any = (spec.args, spec.kwargs) if pixels is None else prepare(pixels, spec)[:2]
        waiting("recording the model")
        recording = record(spec.model, *inputs)
        graph = recording.graph(args.detail, spec.title)
        job = ExportJob(
            args.output,
            tuple(args.layer),
            what,
            args.force,
            dataclasses.asdict(display),
            depth=args.depth,
        )
        if picture is not None:
            job = dataclasses.replace(job, picture=picture.name, label=picture.label, path=picture.path)
        exporter = Exporter(job, spec, recording, graph, inputs, pixels)
        _export(exporter, waiting)
    for note in (*spec.notes, *graph.notes):
        print(f"note: {note}", file=sys.stderr)
    print(args.output)
    if graph.error is not None:
        print(f"error: {graph.model} raised, so later layers are missing: {graph.error}", file=sys.stderr)
        return 1
    return 0


def _export(exporter: Exporter, waiting: Waiting) -> None:
    def paused() -> bool:
        waiting(f"exporting {exporter.layer}, {exporter.done} of {exporter.total} files")
        return False

    try:
        exporter.work(paused)
    finally:
        exporter.discard()


def _picture(path: str | None, spec: ModelSpec) -> LoadedPicture | None:
    """The picture of that name, else the one that is in the input frame when a walk begins; None for the example."""
    from walkbox.engine.datasets import open_source
    from walkbox.engine.inputs import takes_pictures
    from walkbox.resources import asset

    if path is not None:
        return open_source([path], spec.classes).read(0)
    if not spec.example_made_up or not takes_pictures(spec):
        return None
    source: Any = spec.images if spec.images is not None else [asset("demo/images/cat/cat-1.jpg")]
    return open_source(source, spec.classes).read(0)
