"""The networks: a residual net in two sizes with one head per label set.

Input is gray/255 as [n, 1, 48, 48]; the scaling that training wants happens inside. Each head answers seven logits:
the first learned from FER2013's labels, the second from FER+ votes. Nothing here knows of data or files.
"""
from __future__ import annotations

import torch
from torch import nn

STUDENT = {"stem": 16, "stages": ((16, 1), (32, 2), (64, 2), (144, 1)), "dropout": 0.1}
"""Ships. Stages of (channels, residual blocks); each after the first halves the side: 24, 12, 6, 3."""
TEACHER = {"stem": 32, "stages": ((32, 1), (64, 2), (128, 2), (256, 2)), "dropout": 0.3}
"""Only teaches."""

INPUT_MEAN, INPUT_DEVIATION = 0.5, 0.25


def convolution(channels_in: int, channels_out: int, side: int, stride: int = 1) -> list[nn.Module]:
    """A convolution without bias and its batch norm, which folds into it on export."""
    return [
        nn.Conv2d(channels_in, channels_out, side, stride, side // 2, bias=False),
        nn.BatchNorm2d(channels_out),
    ]


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, channels_in: int, channels_out: int, stride: int):
        super().__init__()
        self.body = nn.Sequential(
            *convolution(channels_in, channels_out, 3, stride), nn.ReLU(), *convolution(channels_out, channels_out, 3)
        )
        same = channels_in == channels_out and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(*convolution(channels_in, channels_out, 1, stride))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


class ExpressionNet(nn.Module):
    """Seven logits from each of two heads."""

    def __init__(self, stem: int, stages: tuple, dropout: float):
        super().__init__()
        layers: list[nn.Module] = [*convolution(1, stem, 5, 2), nn.ReLU()]
        channels = stem
        for index, (width, blocks) in enumerate(stages):
            for block in range(blocks):
                layers.append(Residual(channels, width, 2 if index > 0 and block == 0 else 1))
                channels = width
        self.features = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout))
        self.label_head = nn.Linear(channels, 7)
        self.vote_head = nn.Linear(channels, 7)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.features((x - INPUT_MEAN) / INPUT_DEVIATION)
        return self.label_head(features), self.vote_head(features)


def multiply_adds(net: nn.Module) -> int:
    """Multiply-adds of convolutions and linear layers for one face."""
    counted = []

    def count(module: nn.Module, _: tuple, output: torch.Tensor) -> None:
        counted.append(module.weight.numel() * output.shape[-1] * output.shape[-2] if output.ndim == 4 else module.weight.numel())

    hooks = [m.register_forward_hook(count) for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    training = net.training
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, 1, 48, 48))
    net.train(training)
    for hook in hooks:
        hook.remove()
    return sum(counted)
