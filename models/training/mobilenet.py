"""A teacher that knew faces before: a MobileNet that learned 3.3 million photographs of VGGFace2, with two new heads.

Its weights come with the npm package `@vladmandic/human` ("faceres", converted from A. V. Savchenko's HSE_FaceRec_tf,
PeerJ Computer Science 5:e197, 2019): npm fetches the package into the work folder, a hash holds them to what was
measured, and nothing of them ships. Batch norm is folded into them already.
"""
from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from torch import nn

PACKAGE = "@vladmandic/human@3.3.6"
WEIGHTS = "package/models/faceres.bin"
LAYOUT = "package/models/faceres.json"
SHA256 = "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b"

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
"""Of the thirteen separable blocks after the first convolution (Howard et al., 2017)."""
CHANNELS = 1024
SIDE = 128
"""Faces are enlarged to this side; the weights were learned at 224, where an epoch takes three times as long."""
FROZEN_LAYERS = 5
"""Edges and corners need no new lessons."""
CHANNEL_MEANS = (103.939, 116.779, 123.68)
DROPOUT = 0.3


class MissingWeights(Exception):
    """The pretrained weights cannot be had, or are others than those measured."""


def fetched(work: Path) -> dict[str, np.ndarray]:
    """Weights by name, as float32; npm is asked once, later calls read the copy in the work folder."""
    weights, layout = work / Path(WEIGHTS).name, work / Path(LAYOUT).name
    if not (weights.is_file() and layout.is_file()):
        packed = subprocess.run(["npm", "pack", "--silent", PACKAGE, "--pack-destination", str(work)], capture_output=True, text=True)
        if packed.returncode != 0:
            raise MissingWeights(f"Cannot fetch {PACKAGE} with npm: {packed.stderr.strip()}. Set npm's registry, or train with --face-teachers 0")
        package = work / packed.stdout.strip().splitlines()[-1]
        with tarfile.open(package) as archive:
            for inside, outside in ((LAYOUT, layout), (WEIGHTS, weights)):
                outside.write_bytes(archive.extractfile(inside).read())
        package.unlink()
    raw = weights.read_bytes()
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise MissingWeights(f'Cannot use "{weights}": not the weights of {PACKAGE}. Delete it and start again')
    found, offset = {}, 0
    for entry in json.loads(layout.read_text())["weightsManifest"][0]["weights"]:
        kind = np.dtype(entry.get("quantization", entry)["dtype"])
        count = int(np.prod(entry["shape"], dtype=int))
        found[entry["name"]] = np.frombuffer(raw, kind, count, offset).astype(np.float32).reshape(entry["shape"])
        offset += count * kind.itemsize
    return found


class Same(nn.Conv2d):
    """TensorFlow's padding: a stride of two pads the far side only."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.kernel_size[0] == 3:
            x = functional.pad(x, (0, 1, 0, 1) if self.stride[0] == 2 else (1, 1, 1, 1))
        return functional.conv2d(x, self.weight, self.bias, self.stride, 0, 1, self.groups)


def layer(weight: np.ndarray, bias: np.ndarray, stride: int, groups: int) -> Same:
    """A convolution with these weights [out, in / groups, side, side]."""
    made = Same(weight.shape[1] * groups, weight.shape[0], weight.shape[2], stride, groups=groups)
    made.weight.data = torch.from_numpy(np.ascontiguousarray(weight))
    made.bias.data = torch.from_numpy(bias.ravel().copy())
    return made


class FaceNet(nn.Module):
    """Seven logits from each of two heads, as `networks.ExpressionNet`."""

    def __init__(self, weights: dict[str, np.ndarray]):
        super().__init__()
        layers = [layer(weights["conv1/convolution/merged_input"].transpose(3, 2, 0, 1), weights["conv1_bn/batchnorm_1/sub"], 2, 1)]
        for index, stride in enumerate(STRIDES, 1):
            norm = f"conv_dw_{index}_bn/batchnorm_1"
            depthwise = (weights[f"conv_dw_{index}/depthwise_kernel"][..., 0] * weights[f"{norm}/mul"].ravel()).transpose(2, 0, 1)[:, None]
            layers.append(layer(depthwise, weights[f"{norm}/sub"], stride, len(depthwise)))
            pointwise = weights[f"conv_pw_{index}/convolution/merged_input"].transpose(3, 2, 0, 1)
            layers.append(layer(pointwise, weights[f"conv_pw_{index}_bn/batchnorm_1/sub"], 1, 1))
        self.layers = nn.ModuleList(layers)
        for frozen in self.layers[:FROZEN_LAYERS]:
            frozen.requires_grad_(False)
        self.dropout = nn.Dropout(DROPOUT)
        self.label_head = nn.Linear(CHANNELS, 7)
        self.vote_head = nn.Linear(CHANNELS, 7)
        self.register_buffer("means", torch.tensor(CHANNEL_MEANS).view(1, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = functional.interpolate(x, size=(SIDE, SIDE), mode="bicubic", align_corners=False).clamp(0, 1) * 255 - self.means
        x = x.contiguous(memory_format=torch.channels_last)
        for convolution in self.layers:
            x = functional.relu6(convolution(x))
        features = self.dropout(x.mean((2, 3)))
        return self.label_head(features), self.vote_head(features)
