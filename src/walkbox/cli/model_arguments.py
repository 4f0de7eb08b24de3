"""The arguments that every verb with a model takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_model_arguments", "add_picture_arguments", "model_options"]


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """TARGET and how to build the model."""
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        default="demo",
        help="file.py, file.py:name, package.module:name, torchvision:resnet50, timm:convnext_tiny, or demo (default)",
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="safetensors file or checkpoint of tensors to load"
    )
    parser.add_argument("--device", default="cpu", help="where the model runs: cpu, cuda, mps (default: %(default)s)")
    parser.add_argument("--dtype", help="type of the model's parameters: float32, float16, bfloat16 ...")


def add_picture_arguments(parser: argparse.ArgumentParser) -> None:
    """How the network is laid out and coloured, and which pictures stand on the shelf."""
    from walkbox.graph import DETAILS

    parser.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="FILE",
        help="picture (or folder of pictures) for the shelf; the first goes into the input frame; may be repeated",
    )
    parser.add_argument(
        "--layout", default="linear", help="how layers stand: linear, spiral, folded, stacked (default: %(default)s)"
    )
    parser.add_argument(
        "--detail", choices=DETAILS, default="layers", help="which outputs become layers (default: %(default)s)"
    )
    parser.add_argument("--colormap", default="auto", help="name of a colour map (default: %(default)s)")


def model_options(args: argparse.Namespace) -> dict[str, Any]:
    """Keyword arguments of :class:`walkbox.app.walk.Walk` that these arguments stand for.

    Raises:
        WalkboxError: a layout or colour map that does not exist, or a picture that is not there.
    """
    from walkbox.errors import PictureError
    from walkbox.layout import check_layout
    from walkbox.scene.display import Display

    check_layout(args.layout)
    for path in args.image:
        if not Path(path).exists():
            raise PictureError(f"There is no picture {path!r}. Name a picture file, or a folder of pictures.")
    return {
        "weights": args.weights,
        "device": args.device,
        "dtype": args.dtype,
        "detail": args.detail,
        "layout": args.layout,
        "display": Display().replace(colormap=args.colormap),
        "pictures": tuple(args.image),
    }
