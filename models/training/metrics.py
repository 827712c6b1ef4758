"""Figures of merit over three classes: confusion, F1, calibration, bootstrap intervals. Pure functions of arrays."""
from __future__ import annotations

import numpy as np

from dataset import CLASSES

BINS = 15
RESAMPLINGS = 2000


def confusion_of(truth: np.ndarray, reading: np.ndarray) -> np.ndarray:
    """Counts [3, 3]; rows are the truth, columns the readings."""
    return np.bincount(truth * 3 + reading, minlength=9).reshape(3, 3)


def f1_of(confusion: np.ndarray) -> np.ndarray:
    """F1 per class; the last two axes of `confusion` are truth and reading."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return 2 * hits / np.maximum(confusion.sum(-1) + confusion.sum(-2), 1)


def calibration_error(probabilities: np.ndarray, correctness: np.ndarray) -> float:
    """Expected calibration error of the top probability over 15 equal bins (Guo et al., 2017).

    `correctness` is, per face, the share of its FER+ votes that agree with the reading, or 1 and 0 against a label.
    """
    confidence = probabilities.max(1)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gap = np.zeros(BINS)
    np.add.at(gap, bins, confidence - correctness)
    return float(np.abs(gap).sum() / len(confidence))


def agreeing_votes(probabilities: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """Share of each face's votes (three classes) that agree with its reading."""
    return votes[np.arange(len(votes)), probabilities.argmax(1)] / np.maximum(votes.sum(1), 1)


def judged(truth: np.ndarray, probabilities: np.ndarray, votes: np.ndarray | None = None, seed: int = 1) -> dict:
    """F1, recall, precision, accuracy, calibration and 95 % bootstrap intervals; rows with truth -1 are left out.

    With `votes` (three classes), calibration is against the votes; else against the truth.
    """
    kept = truth >= 0
    left_out = int((~kept).sum())
    truth, probabilities = truth[kept], probabilities[kept]
    reading = probabilities.argmax(1)
    confusion = confusion_of(truth, reading)
    f1 = f1_of(confusion)
    correct = (reading == truth).astype(float)
    agreement = correct if votes is None else agreeing_votes(probabilities, votes[kept])
    rng = np.random.default_rng(seed)
    cells = np.stack([rng.multinomial(len(truth), confusion.ravel() / len(truth)) for _ in range(RESAMPLINGS)])
    sampled = f1_of(cells.reshape(-1, 3, 3))
    return {
        "n": int(len(truth)),
        "leftOut": left_out,
        "f1": dict(zip(CLASSES, f1.round(4).tolist())),
        "recall": dict(zip(CLASSES, (np.diag(confusion) / np.maximum(confusion.sum(1), 1)).round(4).tolist())),
        "precision": dict(zip(CLASSES, (np.diag(confusion) / np.maximum(confusion.sum(0), 1)).round(4).tolist())),
        "macroF1": round(float(f1.mean()), 4),
        "accuracy": round(float(correct.mean()), 4),
        "ece": round(calibration_error(probabilities, agreement), 4),
        "eceAgainstMajority": round(calibration_error(probabilities, correct), 4),
        "confusion": confusion.tolist(),
        "intervals": {
            "f1Negative": np.percentile(sampled[:, 0], [2.5, 97.5]).round(4).tolist(),
            "macroF1": np.percentile(sampled.mean(1), [2.5, 97.5]).round(4).tolist(),
            "accuracy": np.percentile(cells.reshape(-1, 3, 3).trace(axis1=1, axis2=2) / len(truth), [2.5, 97.5]).round(4).tolist(),
        },
    }
