"""The one operating point, chosen by a written rule on the validation split alone.

Rule: a margin is (value - must) / (goal - must). Of a grid of points, those count that meet the most of the contract's
measured musts, each with a tenth of the way to its goal to spare; of these, those whose worst margin is the best or as
good as it; of those that tie, take the one whose worst margin over the stand-ins is best. Stand-ins are validation faces
on which the votes say what the contract wants of faces from calls. The London set and the clips play no part.

Not all musts can be met at once (`clash`): the rule meets as many as it can before it looks how far off the others are.
The measured figures come before the stand-ins, which are few faces.
"""
from __future__ import annotations

import itertools
from dataclasses import astuple

import numpy as np

import metrics
from augment import HAPPY, NEUTRAL
from dataset import CLASS_OF_EXPRESSION, Faces, majority, three_of
from export import OperatingPoint

MEASURED = {
    "f1NegativeLabels": (0.80, 0.86),
    "f1NegativeVotes": (0.75, 0.80),
    "macroF1Votes": (0.80, 0.86),
    "ece": (0.05, 0.03),
}
STAND_INS = {
    "clearNeutralReadNeutral": (0.85, 0.95),
    "slightSmileReadPositive": (0.75, 0.90),
}
CRITERIA = {**MEASURED, **STAND_INS}
"""Name: (must, goal). The calibration error is the larger of two: against the share of the votes that agree with the
reading, and against agreement with their majority. Clear neutral: at least 80 % of at least eight votes and FER2013's
label say neutral. Slight smile: 30 to 70 % of the votes say happiness and nearly all others neutral."""

SPARE = 0.1
"""Margin from which a must counts as met: figures on other faces differ by about as much."""

TIE = 0.03
"""Margins that differ by less are as good as each other: 0.0018 of F1(Negative), which three faces decide."""

COARSE = {
    "label_share": np.arange(0, 1.01, 0.1),
    "sharpness": (1.0, 1.2),
    "negative_shift": np.arange(-0.4, 1.21, 0.1),
    "positive_shift": np.arange(-0.4, 1.21, 0.1),
}
FINE = {
    "label_share": (-0.05, 0.0, 0.05),
    "sharpness": (-0.1, 0.0, 0.1),
    "negative_shift": (-0.1, -0.05, 0.0, 0.05, 0.1),
    "positive_shift": (-0.1, -0.05, 0.0, 0.05, 0.1),
}
"""Steps around each of the best coarse points."""
CENTRES = 20
"""How many those are: the best points lie along a ridge, since the shift of Positive moves the measured figures little."""

CLASH_POINTS = 13


class Judge:
    """Measures points on the predictions of both heads for one set of faces."""

    def __init__(self, faces: Faces, label_head: np.ndarray, vote_head: np.ndarray):
        self.label_head, self.vote_head = label_head, vote_head
        self.by_label, self.by_votes = CLASS_OF_EXPRESSION[faces.labels], majority(faces)
        self.votes = three_of(faces.votes)
        share = faces.votes / np.maximum(faces.votes.sum(1, keepdims=True), 1)
        self.clear_neutral = (share[:, NEUTRAL] >= 0.8) & (faces.votes.sum(1) >= 8) & (faces.labels == NEUTRAL)
        happy = share[:, HAPPY]
        self.slight_smile = (happy >= 0.3) & (happy <= 0.7) & (happy + share[:, NEUTRAL] >= 0.85)

    def values(self, point: OperatingPoint) -> dict[str, float]:
        three = three_of(point.apply(self.label_head, self.vote_head))
        reading, kept = three.argmax(1), self.by_votes >= 0
        f1_votes = metrics.f1_of(metrics.confusion_of(self.by_votes[kept], reading[kept]))
        return {
            "f1NegativeLabels": float(metrics.f1_of(metrics.confusion_of(self.by_label, reading))[0]),
            "f1NegativeVotes": float(f1_votes[0]),
            "macroF1Votes": float(f1_votes.mean()),
            "ece": max(
                metrics.calibration_error(three[kept], metrics.agreeing_votes(three[kept], self.votes[kept])),
                metrics.calibration_error(three[kept], (reading == self.by_votes)[kept].astype(float)),
            ),
            "clearNeutralReadNeutral": float((reading[self.clear_neutral] == 1).mean()),
            "slightSmileReadPositive": float((reading[self.slight_smile] == 2).mean()),
        }


def margins(values: dict[str, float], criteria: dict[str, tuple[float, float]]) -> np.ndarray:
    """How far each criterion is from must (0) towards goal (1)."""
    return np.array([(values[name] - must) / (goal - must) for name, (must, goal) in criteria.items()])


class Ranked:
    """Points with how many measured musts each meets and its worst margins, over the measured figures and over the stand-ins."""

    def __init__(self, judge: Judge, points: list[OperatingPoint]):
        values = [judge.values(point) for point in points]
        self.points = points
        self.met = np.array([(margins(value, MEASURED) >= SPARE).sum() for value in values])
        self.worst = np.array([margins(value, MEASURED).min() for value in values])
        self.stand_ins = np.array([margins(value, STAND_INS).min() for value in values])

    def first(self, count: int) -> list[OperatingPoint]:
        """The best by the measured figures alone, best first."""
        return [self.points[i] for i in np.lexsort((-self.worst, -self.met))[:count]]

    def best(self) -> OperatingPoint:
        """The rule."""
        most = self.met == self.met.max()
        tied = most & (self.worst >= self.worst[most].max() - TIE)
        return self.points[int(np.argmax(np.where(tied, self.stand_ins, -np.inf)))]


def chosen(judge: Judge) -> OperatingPoint:
    """The rule on the points around the best of a coarse grid."""
    coarse = Ranked(judge, [OperatingPoint(*map(float, point)) for point in itertools.product(*COARSE.values())])
    around = {
        tuple(np.add(astuple(centre), step).round(4).tolist()) for centre in coarse.first(CENTRES) for step in itertools.product(*FINE.values())
    }
    return Ranked(judge, [OperatingPoint(*point) for point in sorted(around) if 0 <= point[0] <= 1]).best()


def clash(judge: Judge, sharpness: float) -> list[dict]:
    """The curve of what the two label sets allow together: the best F1(Negative) on the votes for each on the labels."""
    points = []
    for share, negative in itertools.product(COARSE["label_share"], np.arange(-0.4, 1.21, 0.1)):
        for positive in (0.0, 0.4):
            values = judge.values(OperatingPoint(float(share), sharpness, float(negative), positive))
            points.append((values["f1NegativeLabels"], values["f1NegativeVotes"], values["clearNeutralReadNeutral"]))
    frontier = [p for p in points if not any(q[0] > p[0] and q[1] > p[1] for q in points)]
    frontier = sorted(set(frontier))
    frontier = [frontier[i] for i in np.unique(np.linspace(0, len(frontier) - 1, CLASH_POINTS).astype(int))]
    return [
        {"f1NegativeLabels": round(a, 4), "f1NegativeVotes": round(b, 4), "clearNeutralReadNeutral": round(c, 4)}
        for a, b, c in frontier
    ]
