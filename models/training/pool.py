"""The pool that the student learns from: augmented views of the training faces with every teacher's answers.

Made once, so that each view costs every teacher one forward pass however often the student sees it. Images and
answers lie in the work folder, one file per view, so that a stopped run goes on where it was.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from torch import nn

import augment
from dataset import Faces
from train import BATCH, Batch, predicted, targets_of

VIEWS = 8
STRENGTHS = (0.3, 0.7)
"""Strength of the augmentation, view by view: a small net must also see faces nearly as they are."""
HALF_SMILE_SHARE = 0.1
TEACHERS_SHARE = 0.8
"""Weight of the teachers' answers in the student's targets; the rest are the image's own labels and votes."""
HINT_MIN, HINT_MAX = 0.15, 0.85
"""Faces with this share of happiness among votes that are otherwise neutral show a hint of a smile: drawn twice."""


def rows_of_view(faces: Faces) -> np.ndarray:
    """Every face once, those with a hint of a smile twice."""
    share = faces.votes / np.maximum(faces.votes.sum(1, keepdims=True), 1)
    happy = share[:, augment.HAPPY]
    hint = (happy >= HINT_MIN) & (happy <= HINT_MAX) & (happy + share[:, augment.NEUTRAL] >= 0.85)
    return np.concatenate([np.arange(len(faces)), np.nonzero(hint)[0]])


def made_view(faces: Faces, view: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images of a view with the label head's and the vote head's own targets, and the vote head's weights."""
    rng = np.random.default_rng(900_000 + view)
    images, label_targets, vote_targets, weights = targets_of(faces)
    neutral = np.nonzero((vote_targets[:, augment.NEUTRAL] >= 0.75) & (faces.labels == augment.NEUTRAL))[0]
    happy = np.nonzero((vote_targets[:, augment.HAPPY] >= 0.85) & (faces.labels == augment.HAPPY))[0]
    rows = rows_of_view(faces)
    views = np.empty((len(rows), augment.SIDE, augment.SIDE), np.uint8)
    of_labels, of_votes, weight = label_targets[rows], vote_targets[rows], weights[rows]
    for position, row in enumerate(rows):
        source = images[row]
        if rng.random() < HALF_SMILE_SHARE:
            source, target = augment.half_smiles(images[rng.choice(neutral)], images[rng.choice(happy)], rng)
            of_labels[position] = of_votes[position] = target
            weight[position] = 1
        views[position] = augment.augmented(source, rng, STRENGTHS[view % len(STRENGTHS)])
    return views, of_labels, of_votes, weight


def make(faces: Faces, teachers: dict[str, nn.Module], folder: Path, log: Callable[[str], None]) -> None:
    """Makes what is missing of the pool: images per view, answers per view and teacher."""
    folder.mkdir(exist_ok=True)
    for view in range(VIEWS):
        images = folder / f"images-{view}.npz"
        if not images.is_file():
            views, of_labels, of_votes, weight = made_view(faces, view)
            save(images, images=views, labels=of_labels, votes=of_votes, weight=weight)
        for name, net in teachers.items():
            answers = folder / f"{name}-{view}.npz"
            if not answers.is_file():
                with np.load(images) as stored:
                    label_head, vote_head = answered(net, stored["images"])
                save(answers, labels=label_head.astype(np.float16), votes=vote_head.astype(np.float16))
                log(f'{{"kind": "pool", "view": {view + 1}, "of": {VIEWS}, "teacher": "{name}"}}')


def answered(net: nn.Module, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a teacher says of faces: the mean over each face and its mirror image, which is surer than either."""
    sides = [predicted(net, views, coarse=True) for views in (images, np.ascontiguousarray(images[:, :, ::-1]))]
    return np.mean([label for label, _ in sides], 0), np.mean([vote for _, vote in sides], 0)


def save(path: Path, **arrays: np.ndarray) -> None:
    """Writes the file whole or not at all."""
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, **arrays)
    unfinished.replace(path)


def steps_per_epoch(faces: Faces) -> int:
    return len(rows_of_view(faces)) // BATCH


def epoch_of(folder: Path, epoch: int, seed: int) -> Iterator[Batch]:
    """One pass over one view in random order, mirrored at random; targets mix the mean of all teachers with the own ones."""
    rng = np.random.default_rng(seed * 1000 + epoch)
    view = epoch % VIEWS
    with np.load(folder / f"images-{view}.npz") as stored:
        images, own = stored["images"], {name: stored[name] for name in ("labels", "votes", "weight")}
    taught = {"labels": [], "votes": []}
    for answers in sorted(folder.glob(f"teacher-*-{view}.npz")):
        with np.load(answers) as stored:
            for head in taught:
                taught[head].append(stored[head].astype(np.float32))
    weight = TEACHERS_SHARE + (1 - TEACHERS_SHARE) * own["weight"]
    mixed = {}
    for head in taught:
        known = (own["weight"] > 0)[:, None] if head == "votes" else True
        teachers = np.mean(taught[head], 0)
        mixed[head] = np.where(known, TEACHERS_SHARE * teachers + (1 - TEACHERS_SHARE) * own[head], teachers).astype(np.float32)
    order = rng.permutation(len(images))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        rows = order[start:start + BATCH]
        batch = images[rows]
        mirrored = rng.random(BATCH) < 0.5
        batch[mirrored] = batch[mirrored][:, :, ::-1]
        yield batch, mixed["labels"][rows], mixed["votes"][rows], weight[rows].astype(np.float32)
