"""Training of one network, teacher or student: resumable, one line of progress per epoch.

Batches come from an iterator per epoch, so that the same loop learns from labels or from teachers. It knows nothing
of the operating point: that is chosen afterwards.
"""
from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as functional
from torch import nn

import augment
import metrics
from dataset import CLASS_OF_EXPRESSION, Faces, majority, three_of

BATCH = 128
LABEL_SMOOTHING = 0.1
HALF_SMILE_SHARE = 0.06
"""Share of a batch replaced by cross-fades between a neutral and a happy face."""


@dataclass(frozen=True)
class Pace:
    """How fast a network learns, by SGD with Nesterov momentum: the rate warms up and falls as a cosine."""

    peak_rate: float
    weight_decay: float


FROM_LABELS = Pace(0.1, 5e-4)
FROM_TEACHERS = Pace(0.05, 1e-4)
AS_READ = Pace(0.03, 1e-4)
WARM_UP_STEPS = 300
AVERAGE_DECAY_MAX = 0.999


def computes_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16. Without them PyTorch imitates it, fifteen times slower than float32."""
    flags = Path("/proc/cpuinfo")
    return flags.is_file() and bool({"avx512_bf16", "amx_bf16"} & set(flags.read_text().split()))


COARSE_WHERE_FAST = computes_bfloat16()
"""Training computes in bfloat16 where that is faster, else in float32."""

CLASSES_OF_EXPRESSIONS = functional.one_hot(torch.as_tensor(CLASS_OF_EXPRESSION), 3).float()
"""[7, 3]: adds up expressions to classes."""

Batch = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Images uint8 [n, 48, 48], targets of the label head and the vote head [n, 7], weights of the vote head [n]."""


def targets_of(faces: Faces) -> Batch:
    """The images with what both heads shall answer; the weight is the share of votes that name an expression."""
    label_targets = np.full((len(faces), 7), LABEL_SMOOTHING / 7, np.float32)
    label_targets[np.arange(len(faces)), faces.labels] += 1 - LABEL_SMOOTHING
    counted = faces.votes.sum(1)
    vote_targets = (faces.votes / np.maximum(counted, 1)[:, None]).astype(np.float32)
    weights = counted / np.maximum(counted + faces.unusable_votes, 1)
    return faces.images, label_targets, vote_targets, weights.astype(np.float32)


def augmented_epoch(faces: Faces, seed: int, strength: float) -> Iterator[Batch]:
    """One pass over the faces in random order, augmented, some replaced by half smiles. Repeats exactly for a seed."""
    rng = np.random.default_rng(seed)
    images, label_targets, vote_targets, weights = targets_of(faces)
    neutral = np.nonzero((vote_targets[:, augment.NEUTRAL] >= 0.75) & (faces.labels == augment.NEUTRAL))[0]
    happy = np.nonzero((vote_targets[:, augment.HAPPY] >= 0.85) & (faces.labels == augment.HAPPY))[0]
    order = rng.permutation(len(faces))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        rows = order[start:start + BATCH]
        views = np.empty((BATCH, augment.SIDE, augment.SIDE), np.uint8)
        of_labels, of_votes, weight = label_targets[rows], vote_targets[rows], weights[rows]
        for position, row in enumerate(rows):
            source = images[row]
            if rng.random() < HALF_SMILE_SHARE:
                source, target = augment.half_smiles(images[rng.choice(neutral)], images[rng.choice(happy)], rng)
                of_labels[position] = of_votes[position] = target
                weight[position] = 1
            views[position] = augment.augmented(source, rng, strength)
        yield views, of_labels, of_votes, weight


def tensor_of(images: np.ndarray) -> torch.Tensor:
    """uint8 images as the network's input."""
    x = torch.from_numpy(images).float().div(255).unsqueeze(1)
    return x.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def predicted(net: nn.Module, images: np.ndarray, coarse: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of both heads; `coarse` computes in bfloat16 where that is faster."""
    net.eval()
    label_parts, vote_parts = [], []
    for start in range(0, len(images), 512):
        x = tensor_of(images[start:start + 512])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=coarse and COARSE_WHERE_FAST):
            label_logits, vote_logits = net(x)
        label_parts.append(label_logits.float().softmax(1))
        vote_parts.append(vote_logits.float().softmax(1))
    return torch.cat(label_parts).numpy(), torch.cat(vote_parts).numpy()


def quick_look(net: nn.Module, validation: Faces) -> dict:
    """F1(Negative) on both label sets for each head and their mean, before any operating point."""
    label_head, vote_head = predicted(net, validation.images)
    by_label, by_votes = CLASS_OF_EXPRESSION[validation.labels], majority(validation)
    kept = by_votes >= 0
    look = {}
    for name, probabilities in (("label", label_head), ("vote", vote_head), ("mean", (label_head + vote_head) / 2)):
        reading = three_of(probabilities).argmax(1)
        look[name] = [
            round(float(metrics.f1_of(metrics.confusion_of(by_label, reading))[0]), 4),
            round(float(metrics.f1_of(metrics.confusion_of(by_votes[kept], reading[kept]))[0]), 4),
            round(float(metrics.f1_of(metrics.confusion_of(by_votes[kept], reading[kept])).mean()), 4),
        ]
    return look


LABEL_SHARE = 0.25
"""Of the label head in the mixture that `reading_loss` looks at; near what the operating point takes."""
READING_WEIGHT, HEADS_WEIGHT = 2.0, 0.3
"""Of that loss and of the heads' own beside it."""


def reading_loss(logits: tuple[torch.Tensor, torch.Tensor], targets: tuple[torch.Tensor, torch.Tensor], weight: torch.Tensor) -> torch.Tensor:
    """Cross entropy of the three classes that are read from both heads: which of the seven is nearer no longer matters."""
    def read(label: torch.Tensor, vote: torch.Tensor) -> torch.Tensor:
        return (LABEL_SHARE * label + (1 - LABEL_SHARE) * vote) @ CLASSES_OF_EXPRESSIONS

    answered, wanted = read(*(head.float().softmax(1) for head in logits)), read(*targets)
    return (-(wanted * answered.clamp_min(1e-6).log()).sum(1) * weight).mean()


def soft_cross_entropy(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return -(target * logits.float().log_softmax(1)).sum(1)


def train(
    kind: str,
    net: nn.Module,
    pace: Pace,
    epoch_batches: Callable[[int], Iterator[Batch]],
    steps_per_epoch: int,
    epochs: int,
    validation: Faces,
    checkpoint: Path,
    log: Callable[[str], None],
    seed: int,
    as_read: bool = False,
) -> nn.Module:
    """Trains `net` and answers its weight average; begins with the checkpoint if there is one. `kind` is for the log;
    `as_read` looks at what will be read of both heads more than at each."""
    cv2.setNumThreads(1)
    net = net.to(memory_format=torch.channels_last)
    average = copy.deepcopy(net).eval()
    optimiser = torch.optim.SGD(net.parameters(), pace.peak_rate, momentum=0.9, weight_decay=pace.weight_decay, nesterov=True)
    first = 0
    if checkpoint.is_file():
        stored = torch.load(checkpoint)
        net.load_state_dict(stored["net"])
        average.load_state_dict(stored["average"])
        optimiser.load_state_dict(stored["optimiser"])
        first = stored["epoch"] + 1
    floats = [(a, p) for a, p in zip(average.state_dict().values(), net.state_dict().values()) if p.dtype.is_floating_point]
    averaged, current = [a for a, _ in floats], [p for _, p in floats]
    for epoch in range(first, epochs):
        net.train()
        started, losses = time.time(), []
        for index, (images, label_target, vote_target, weight) in enumerate(epoch_batches(epoch)):
            step = epoch * steps_per_epoch + index
            share = min(1, (step + 1) / WARM_UP_STEPS) * 0.5 * (1 + math.cos(math.pi * min(1, step / (epochs * steps_per_epoch))))
            for group in optimiser.param_groups:
                group["lr"] = pace.peak_rate * max(share, 1e-4)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=COARSE_WHERE_FAST):
                label_logits, vote_logits = net(tensor_of(images))
            of_labels, of_votes, weight = map(torch.from_numpy, (label_target, vote_target, weight))
            loss = soft_cross_entropy(label_logits, of_labels).mean() + (soft_cross_entropy(vote_logits, of_votes) * weight).mean()
            if as_read:
                loss = HEADS_WEIGHT * loss + READING_WEIGHT * reading_loss((label_logits, vote_logits), (of_labels, of_votes), weight)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            decay = min(AVERAGE_DECAY_MAX, (step + 1) / (step + 10))
            torch._foreach_mul_(averaged, decay)
            torch._foreach_add_(averaged, current, alpha=1 - decay)
            losses.append(loss.item())
        look = quick_look(average, validation)
        log(json.dumps({
            "kind": kind, "seed": seed, "epoch": epoch + 1, "of": epochs, "seconds": round(time.time() - started),
            "loss": round(float(np.mean(losses)), 4), "f1NegativeLabelsVotesMacroVotes": look,
        }))
        unfinished = checkpoint.with_suffix(".part")
        torch.save({
            "net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "epoch": epoch,
        }, unfinished)
        unfinished.replace(checkpoint)
    return average
