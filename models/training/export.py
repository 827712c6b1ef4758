"""The shipped graph: both heads mixed, shifted to the operating point, in float32 and as int8 QDQ, opset 13.

QDQ is written by hand with python3-onnx: int8 weights of seven bits per channel, uint8 activations, int32 biases, which
ONNX Runtime turns into integer convolutions. `run` evaluates either graph with PyTorch, since Debian has no
onnxruntime for Python; the real runtime repeats the check in the product's tests.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as functional
from onnx import helper, numpy_helper
from torch import nn

from dataset import CLASS_OF_EXPRESSION
from networks import ExpressionNet

OPSET = 13
QUANTISED_INPUTS = {"Conv": 1, "Add": 2, "GlobalAveragePool": 1}
"""Operators computed in integers, with how many of their inputs are activations."""

WEIGHT_MAX = 63
"""Seven bits of the weights' eight. Processors without VNNI add two products of an unsigned and a signed byte in 16 bits and
cut off what does not fit: 2 * 255 * 127 does not, 2 * 255 * 63 does, so every processor answers the same."""


@dataclass(frozen=True)
class OperatingPoint:
    """How two heads become one answer.

    label_share: weight of the head that learned FER2013's labels in the mixture with the head of FER+ votes;
    sharpness: exponent of the mixture, so 1 / temperature; negative_shift, positive_shift: added to the
    log-probabilities of these classes' expressions before normalising.
    """

    label_share: float = 0.5
    sharpness: float = 1.0
    negative_shift: float = 0.0
    positive_shift: float = 0.0

    def factors(self) -> np.ndarray:
        shifts = np.array([self.negative_shift, 0.0, self.positive_shift])
        return np.exp(shifts[CLASS_OF_EXPRESSION]).astype(np.float32)

    def apply(self, label_head: np.ndarray, vote_head: np.ndarray) -> np.ndarray:
        """Probabilities of the seven expressions from both heads' probabilities."""
        mixed = self.label_share * label_head + (1 - self.label_share) * vote_head
        weighted = mixed ** self.sharpness * self.factors()
        return weighted / weighted.sum(1, keepdims=True)

    def described(self) -> dict:
        return {key: round(value, 4) for key, value in asdict(self).items()}


class Shipped(nn.Module):
    """A trained net with its operating point inside."""

    def __init__(self, net: ExpressionNet, point: OperatingPoint):
        super().__init__()
        self.net, self.point = net.eval(), point
        self.register_buffer("factors", torch.from_numpy(point.factors()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        label_logits, vote_logits = self.net(x)
        share = self.point.label_share
        mixed = label_logits.softmax(1) * share + vote_logits.softmax(1) * (1 - share)
        if self.point.sharpness != 1.0:
            mixed = mixed.pow(self.point.sharpness)
        weighted = mixed * self.factors
        return weighted / weighted.sum(1, keepdim=True)


def export(net: ExpressionNet, point: OperatingPoint, path: Path) -> onnx.ModelProto:
    """Writes the float32 graph: `x` [n, 1, 48, 48] in 0..1 to `p` [n, 7]."""
    shipped = Shipped(net.float().to(memory_format=torch.contiguous_format), point).eval()
    torch.onnx.export(
        shipped, torch.zeros(1, 1, 48, 48), str(path), opset_version=OPSET, input_names=["x"], output_names=["p"],
        dynamic_axes={"x": {0: "n"}, "p": {0: "n"}},
    )
    return onnx.load(str(path))


@torch.no_grad()
def run(model: onnx.ModelProto, images: np.ndarray, wanted: tuple[str, ...] = ("p",)) -> dict[str, np.ndarray]:
    """Evaluates a graph made here on uint8 images; answers the wanted tensors."""
    constants = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in model.graph.initializer}
    parts: dict[str, list] = {name: [] for name in wanted}
    for start in range(0, len(images), 512):
        values = dict(constants, x=torch.from_numpy(images[start:start + 512]).float().div(255).unsqueeze(1))
        for node in model.graph.node:
            values[node.output[0]] = computed(node, [values[name] for name in node.input if name])
        for name in wanted:
            parts[name].append(values[name].numpy())
    return {name: np.concatenate(chunks) for name, chunks in parts.items()}


def heads_of(model: onnx.ModelProto, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of the label head and the vote head inside a graph made here."""
    label, vote = (node.output[0] for node in model.graph.node if node.op_type == "Softmax")
    found = run(model, images, (label, vote))
    return found[label], found[vote]


def computed(node: onnx.NodeProto, inputs: list[torch.Tensor]) -> torch.Tensor:
    """One operator; only those that the export of these networks produces."""
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    kind, x = node.op_type, inputs[0] if inputs else None
    if kind == "Conv":
        return functional.conv2d(x, inputs[1], inputs[2], stride=given["strides"], padding=given["pads"][:2])
    if kind == "Gemm":
        return functional.linear(x, inputs[1] if given.get("transB") else inputs[1].T, inputs[2])
    if kind == "QuantizeLinear":
        return torch.clamp(torch.round(x / inputs[1]) + inputs[2].float(), 0, 255)
    if kind == "DequantizeLinear":
        shape = [-1] + [1] * (x.ndim - 1) if inputs[1].ndim else []
        return (x.float() - inputs[2].float().reshape(shape)) * inputs[1].reshape(shape)
    if kind == "Constant":
        return torch.from_numpy(numpy_helper.to_array(given["value"]).copy())
    simple = {
        "Relu": torch.relu, "Identity": lambda a: a, "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div, "Pow": torch.pow,
        "GlobalAveragePool": lambda a: a.mean((2, 3), keepdim=True), "Flatten": lambda a: a.flatten(1),
        "Softmax": lambda a: a.softmax(given.get("axis", -1)),
        "ReduceSum": lambda a, axes: a.sum(tuple(axes.tolist()), keepdim=bool(given.get("keepdims", 1))),
    }
    if kind not in simple:
        raise NotImplementedError(f"Cannot evaluate the operator {kind}: the export changed. Add it to computed()")
    return simple[kind](*inputs)


def activations_to_quantise(model: onnx.ModelProto) -> list[str]:
    """Names of the activations that integer operators read; what follows the pooling stays in float."""
    constants = {i.name for i in model.graph.initializer}
    produced = {node.output[0]: node for node in model.graph.node}
    constants |= {name for name, node in produced.items() if node.op_type == "Constant"}
    names = []
    for node in model.graph.node:
        if node.op_type == "Flatten":
            break
        for name in node.input[:QUANTISED_INPUTS.get(node.op_type, 0)]:
            if name not in constants and name not in names:
                names.append(name)
    return names


def scale_and_zero(low: float, high: float) -> tuple[np.float32, np.uint8]:
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max((high - low) / 255, 1e-8)
    return np.float32(scale), np.uint8(np.clip(round(-low / scale), 0, 255))


def quantised(model: onnx.ModelProto, calibration: np.ndarray, tail: float = 1e-5) -> onnx.ModelProto:
    """The graph with QDQ pairs; ranges cut off `tail` of the values seen on the calibration images at each end."""
    names = activations_to_quantise(model)
    seen = run(model, calibration, tuple(names))
    ranges = {}
    for name in names:
        ordered = np.sort(seen[name].ravel())
        cut = int(len(ordered) * tail)
        ranges[name] = scale_and_zero(float(ordered[cut]), float(ordered[-1 - cut]))
    weights = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    nodes, added, replaced, removed = [], [], {}, set()

    def constant(name: str, value: np.ndarray) -> str:
        added.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def wrap(name: str) -> str:
        if name not in replaced:
            scale, zero = ranges[name]
            pair = [constant(f"{name}_scale", scale), constant(f"{name}_zero", zero)]
            nodes.append(helper.make_node("QuantizeLinear", [name, *pair], [f"{name}_q"]))
            nodes.append(helper.make_node("DequantizeLinear", [f"{name}_q", *pair], [f"{name}_dq"]))
            replaced[name] = f"{name}_dq"
        return replaced[name]

    def wrap_weight(name: str, scales: np.ndarray, kind: type) -> str:
        limit = WEIGHT_MAX if kind is np.int8 else 2 ** 31 - 1
        shape = (-1,) + (1,) * (weights[name].ndim - 1)
        integers = np.clip(np.round(weights[name] / scales.reshape(shape)), -limit, limit).astype(kind)
        removed.add(name)
        parts = [constant(f"{name}_q", integers), constant(f"{name}_scale", scales.astype(np.float32)),
                 constant(f"{name}_zero", np.zeros(len(integers), kind))]
        nodes.append(helper.make_node("DequantizeLinear", parts, [f"{name}_dq"], axis=0))
        return f"{name}_dq"

    for original in model.graph.node:
        node = onnx.NodeProto()
        node.CopyFrom(original)
        for position in range(QUANTISED_INPUTS.get(node.op_type, 0)):
            if node.input[position] in ranges:
                node.input[position] = wrap(node.input[position])
        if node.op_type == "Conv":
            matrix = weights[node.input[1]].reshape(len(weights[node.input[1]]), -1)
            scales = np.maximum(np.abs(matrix).max(1), 1e-8) / WEIGHT_MAX
            node.input[1] = wrap_weight(node.input[1], scales, np.int8)
            node.input[2] = wrap_weight(node.input[2], scales * ranges[original.input[0]][0], np.int32)
        nodes.append(node)
    kept = [i for i in model.graph.initializer if i.name not in removed]
    graph = helper.make_graph(nodes, "expression", model.graph.input, model.graph.output, kept + added)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mimika")
    made.ir_version = 7
    onnx.checker.check_model(made)
    return made
