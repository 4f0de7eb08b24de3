"""Train the network of the demo on photographs that come inside scikit-image.

    pip install scikit-image==0.26.0
    python examples/train_demo.py

Ten classes, one photograph each. The network learns from crops of the left part of every photograph and is tested on
crops of the right part, which it has never seen. Writes weights, class names, pictures and the accuracy to
``assets/demo/``. Takes a few minutes on two cores; the same machine and versions give the same weights again.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

SIZE = 192
DEMO = Path(__file__).resolve().parents[1] / "assets" / "demo"


@dataclass(frozen=True)
class Photograph:
    """A class of the data set: one picture, parted by a vertical line.

    Attributes:
        file: its name in ``skimage/data``.
        split: column of the line; training crops lie left of it, test crops right.
        sides: smallest and largest side of a crop, in pixels of the photograph.
        shipped: corner (x, y) and side of the test crops that go on the shelf.
    """

    file: str
    split: int
    sides: tuple[int, int]
    shipped: tuple[tuple[int, int, int], ...]


PHOTOGRAPHS = {
    "brick": Photograph("brick.png", 300, (130, 205), ((308, 30, 200), (306, 320, 190))),
    "cat": Photograph("chelsea.png", 230, (140, 215), ((232, 40, 216),)),
    "coffee": Photograph("coffee.png", 300, (150, 290), ((304, 20, 280), (302, 190, 190))),
    "coins": Photograph("coins.png", 228, (110, 150), ((230, 8, 150), (232, 150, 148))),
    "grass": Photograph("grass.png", 300, (130, 205), ((306, 60, 200),)),
    "gravel": Photograph("gravel.png", 300, (130, 205), ((308, 260, 200),)),
    "print": Photograph("page.png", 228, (110, 150), ((232, 20, 150),)),
    "retina": Photograph("retina.jpg", 740, (260, 620), ((760, 380, 600), (900, 700, 360))),
    "stars": Photograph("hubble_deep_field.jpg", 600, (170, 380), ((610, 60, 380), (640, 500, 300))),
    "tissue": Photograph("ihc.png", 300, (130, 205), ((304, 20, 200), (300, 300, 205))),
}


def photographs() -> dict[str, Image.Image]:
    """Class name -> the whole photograph as RGB."""
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        raise SystemExit("The photographs come with scikit-image: pip install scikit-image==0.26.0")
    folder = Path(found.origin).parent / "data"
    return {name: Image.open(folder / photo.file).convert("RGB") for name, photo in PHOTOGRAPHS.items()}


def crop(picture: Image.Image, x: int, y: int, side: int) -> np.ndarray:
    """uint8 (SIZE, SIZE, 3): the square with corner (x, y)."""
    # Cut first: resizing with a box also reads pixels just outside of it, which belong to the other part.
    part = picture.crop((x, y, x + side, y + side))
    return np.asarray(part.resize((SIZE, SIZE), Image.Resampling.BILINEAR))


def crops(pictures: dict[str, Image.Image], part: str, count: int, rng: np.random.Generator) -> tuple:
    """*count* random crops a class from the ``left`` or ``right`` part: uint8 (N, SIZE, SIZE, 3) and labels (N,)."""
    pixels, labels = [], []
    for label, (name, photo) in enumerate(PHOTOGRAPHS.items()):
        width, height = pictures[name].size
        low, high = (0, photo.split) if part == "left" else (photo.split, width)
        for _ in range(count):
            side = int(rng.integers(photo.sides[0], min(photo.sides[1], high - low, height) + 1))
            x, y = int(rng.integers(low, high - side + 1)), int(rng.integers(0, height - side + 1))
            assert low <= x and x + side <= high
            pixels.append(crop(pictures[name], x, y, side))
            labels.append(label)
    return np.stack(pixels), np.array(labels)


def tensor(pixels: np.ndarray, demo: ModuleType) -> torch.Tensor:
    """uint8 (N, H, W, 3) -> normalised float32 (N, 3, H, W)."""
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 255
    return (x - torch.tensor(demo.mean)[:, None, None]) / torch.tensor(demo.std)[:, None, None]


def augment(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirror, turn by quarters, drop the colour of some, change light and contrast. Normalised (N, 3, H, W)."""

    def draw(low: float, high: float) -> torch.Tensor:
        return torch.rand(len(x), 1, 1, 1, generator=generator) * (high - low) + low

    x = torch.where(draw(0, 1) < 0.5, x.flip(3), x)
    x = torch.where(draw(0, 1) < 0.2, x.transpose(2, 3), x)
    x = torch.where(draw(0, 1) < 0.2, x.mean(1, keepdim=True).expand_as(x), x)
    x = x * draw(0.6, 1.5) + draw(-0.5, 0.5)
    return x + 0.05 * torch.randn(x.shape, generator=generator)


def train(net: nn.Module, x: torch.Tensor, y: torch.Tensor, epochs: int, generator: torch.Generator) -> None:
    """AdamW under a one-cycle schedule, cross entropy with smoothed labels."""
    batch = 64
    steps = epochs * (len(x) // batch)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(epochs):
        net.train()
        order = torch.randperm(len(x), generator=generator)
        total = 0.0
        for rows in order[: len(x) // batch * batch].split(batch):
            loss = loss_of(net(augment(x[rows], generator)), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * batch
        print(f"epoch {epoch + 1:2d}/{epochs}  loss {total / len(x):.3f}", flush=True)


@torch.no_grad()
def predictions(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The top class of each picture."""
    net.eval()
    return torch.cat([net(part).argmax(1) for part in x.split(100)])


@torch.no_grad()
def dead_share(net: nn.Module, x: torch.Tensor) -> float:
    """Share of channels after a ReLU that stay zero on every picture of *x*."""
    alive: dict[nn.Module, torch.Tensor] = {}
    hooks = [
        module.register_forward_hook(lambda m, _, out: alive.__setitem__(m, (out > 0).flatten(2).any(2).any(0)))
        for module in net.modules()
        if isinstance(module, nn.ReLU)
    ]
    net(x)
    for hook in hooks:
        hook.remove()
    flags = torch.cat(list(alive.values()))
    return 1 - float(flags.float().mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--crops", type=int, default=240, help="training crops a class (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=DEMO, help="where to write (default: %(default)s)")
    args = parser.parse_args()

    started = time.perf_counter()
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)

    spec = importlib.util.spec_from_file_location("demo_model", DEMO / "model.py")
    assert spec is not None and spec.loader is not None
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)

    pictures = photographs()
    train_pixels, train_labels = crops(pictures, "left", args.crops, rng)
    test_pixels, test_labels = crops(pictures, "right", 40, rng)
    net = demo.CovidResNet(len(PHOTOGRAPHS))
    parameters = sum(p.numel() for p in net.parameters())
    print(f"{len(train_pixels)} training crops, {len(test_pixels)} test crops, {parameters:,} parameters")
    train(net, tensor(train_pixels, demo), torch.from_numpy(train_labels), args.epochs, generator)

    # What is shipped is what is measured: the weights rounded to float16.
    args.out.mkdir(parents=True, exist_ok=True)
    weights = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    save_file(weights, args.out / "weights.safetensors")
    net.load_state_dict(weights)

    names = list(PHOTOGRAPHS)
    (args.out / "classes.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    shipped, labels = [], []
    for label, (name, photo) in enumerate(PHOTOGRAPHS.items()):
        folder = args.out / "images" / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, (x, y, side) in enumerate(photo.shipped, 1):
            assert x >= photo.split and x + side <= pictures[name].width and y + side <= pictures[name].height, name
            shown = pictures[name].crop((x, y, x + side, y + side))
            shown.thumbnail((256, 256), Image.Resampling.LANCZOS)
            shown.save(folder / f"{name}-{number}.jpg", quality=90, optimize=True)
            shipped.append(crop(shown, 0, 0, shown.width))
            labels.append(label)

    right = predictions(net, tensor(test_pixels, demo)) == torch.from_numpy(test_labels)
    right_shipped = predictions(net, tensor(np.stack(shipped), demo)) == torch.tensor(labels)
    for label, name in enumerate(names):
        print(f"  {name:8s} {100 * right[torch.from_numpy(test_labels) == label].float().mean():5.1f} %")
    print(f"test accuracy {100 * right.float().mean():.2f} % ({int(right.sum())} of {len(right)} held-out crops)")
    print(f"shipped pictures {int(right_shipped.sum())} of {len(labels)} right")
    print(f"dead channels {100 * dead_share(net, tensor(np.stack(shipped), demo)):.1f} %")
    print(f"weights {(args.out / 'weights.safetensors').stat().st_size / 1e6:.2f} MB")
    print(f"took {time.perf_counter() - started:.0f} s with {args.threads} threads")


if __name__ == "__main__":
    main()
