"""Small models of the well-known shapes: residual, dense and inception blocks, a U-Net, a transformer."""

from __future__ import annotations

import torch
from torch import nn


def conv(inward: int, outward: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inward, outward, size, stride, size // 2, bias=False), nn.BatchNorm2d(outward), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    def __init__(self, inward: int, outward: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inward, outward, 3, stride, 1)
        self.bn1, self.relu = nn.BatchNorm2d(outward), nn.ReLU(inplace=True)
        self.conv2, self.bn2 = nn.Conv2d(outward, outward, 3, 1, 1), nn.BatchNorm2d(outward)
        self.down = None
        if stride > 1:
            self.down = nn.Sequential(nn.Conv2d(inward, outward, 1, stride), nn.BatchNorm2d(outward))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.down is None else self.down(x)
        return self.relu(y)


class ResidualNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem, self.pool = conv(3, 4), nn.MaxPool2d(2)
        self.layer1 = nn.Sequential(Residual(4, 4), Residual(4, 4))
        self.layer2 = nn.Sequential(Residual(4, 8, 2))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.layer2(self.layer1(self.pool(self.stem(x))))
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


class DenseLayer(nn.Module):
    def __init__(self, inward: int) -> None:
        super().__init__()
        self.norm, self.relu, self.conv = nn.BatchNorm2d(inward), nn.ReLU(inplace=True), nn.Conv2d(inward, 4, 3, 1, 1)

    def forward(self, found):
        return self.conv(self.relu(self.norm(torch.cat(found, 1))))


class DenseNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(16, 3, 1)
        self.layers = nn.ModuleList(DenseLayer(4 * (k + 1)) for k in range(3))

    def forward(self, x):
        found = [self.stem(x)]
        for layer in self.layers:
            found.append(layer(found))
        return self.head(torch.cat(found, 1))


class Inception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = conv(4, 2, 1)
        self.three = nn.Sequential(conv(4, 2, 1), conv(2, 4, 3))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(4, 2, 1))

    def forward(self, x):
        return torch.cat((self.one(x), self.three(x), self.pool(x)), 1)


class InceptionNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem, self.mixed_a = nn.Sequential(conv(3, 4), conv(4, 4)), Inception()
        self.turn, self.mixed_b = conv(8, 4, 1), Inception()

    def forward(self, x):
        return self.mixed_b(self.turn(self.mixed_a(self.stem(x))))


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Sequential(conv(1, 4), conv(4, 4)), nn.Sequential(conv(4, 8), conv(8, 8))
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)
        self.out = nn.Sequential(conv(8, 4), nn.Conv2d(4, 2, 1))

    def forward(self, x):
        high = self.down1(x)
        low = self.down2(nn.functional.max_pool2d(high, 2))
        return self.out(torch.cat((high, self.up(low)), 1)).softmax(1)


class SelfAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.proj, self.drop = nn.Linear(8, 24), nn.Linear(8, 8), nn.Dropout(0.1)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, 2, d // 2).permute(2, 0, 3, 1, 4).unbind(0)
        weights = self.drop((q * 0.5 @ k.transpose(-2, -1)).softmax(dim=-1))
        return self.proj((weights @ v).transpose(1, 2).reshape(n, t, d))


class TransformerLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.attn, self.norm2 = nn.LayerNorm(8), SelfAttention(), nn.LayerNorm(8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 8, 8)
        self.token, self.place = nn.Parameter(torch.zeros(1, 1, 8)), nn.Parameter(torch.zeros(1, 9, 8))
        self.layers = nn.ModuleList([TransformerLayer(), TransformerLayer()])
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 5)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(len(x), -1, -1), x), 1) + self.place
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x)[:, 0])


KNOWN: dict[str, tuple[type[nn.Module], tuple[int, ...]]] = {
    "residual": (ResidualNet, (1, 3, 16, 16)),
    "dense": (DenseNet, (1, 3, 8, 8)),
    "inception": (InceptionNet, (1, 3, 8, 8)),
    "unet": (UNet, (1, 1, 8, 8)),
    "transformer": (VisionTransformer, (1, 3, 16, 32)),
}
