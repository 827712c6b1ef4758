"""FER2013 with both of its label sets, and the groups of near-duplicate images in it.

Reads `fer2013.tar.xz` (or the folders unpacked from it) and `ferplus-votes.csv`; refuses a folder that
lacks either. Images stay in memory and in the work folder: nothing is copied into the repository.
"""
from __future__ import annotations

import csv
import tarfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

EXPRESSIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""Order of the seven outputs, alphabetical as the folders of FER2013."""

CLASSES = ("negative", "neutral", "positive")
CLASS_OF_EXPRESSION = np.array([0, 0, 0, 2, 1, 0, 2])

SPLITS = ("train", "validation")
SIDE = 48

VOTE_COLUMNS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
VOTED_EXPRESSION = (4, 3, 6, 5, 0, 1, 2, 1)
"""Expression each FER+ column counts for. Contempt has no FER2013 class: it joins disgust, so Negative."""

COARSE_CORRELATION_MIN = 0.95
"""Of 12x12 thumbnails: a cheap first sieve over all pairs."""
FINE_CORRELATION_MIN = 0.90
"""Of whole 48x48 images, mirrored or not: pairs above look like copies of one photograph (re-encoded,
slightly cropped or toned). Of twelve pairs looked at between 0.88 and 0.92, ten were copies; above 0.92 all were."""

FLAT_DEVIATION_MAX = 5.0
"""Standard deviation of the gray levels (0 to 255) under which an image shows nothing."""


class MissingData(Exception):
    """The data folder does not hold what training needs."""


@dataclass
class Faces:
    """Images with both label sets, one row each.

    images: uint8 [n, 48, 48]; labels: FER2013's expression, 0 to 6; votes: FER+ votes per expression [n, 7];
    unusable_votes: votes for unknown or not-a-face; not_a_face: votes for not-a-face alone;
    split: 0 train, 1 validation; group: number of the near-duplicate group.
    """

    names: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    votes: np.ndarray
    unusable_votes: np.ndarray
    not_a_face: np.ndarray
    split: np.ndarray
    group: np.ndarray

    def take(self, rows: np.ndarray) -> "Faces":
        """The faces of these rows (a mask or indices)."""
        return Faces(*(getattr(self, field)[rows] for field in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.labels)


def read_images(folder: Path) -> list[tuple[str, np.ndarray]]:
    """Every image as (`split/class/file`, gray pixels), sorted by name."""
    archive = folder / "fer2013.tar.xz"
    found = []
    if (folder / "train").is_dir() and (folder / "validation").is_dir():
        for split in SPLITS:
            for path in (folder / split).glob("*/*.jpg"):
                found.append((path.relative_to(folder).as_posix(), cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)))
    elif archive.is_file():
        with tarfile.open(archive, "r:xz") as tar:
            for member in tar:
                if member.isfile() and member.name.endswith(".jpg"):
                    encoded = np.frombuffer(tar.extractfile(member).read(), np.uint8)
                    name = member.name[2:] if member.name.startswith("./") else member.name
                    found.append((name, cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)))
    else:
        raise MissingData(
            f'Cannot read the faces from "{folder}": neither fer2013.tar.xz nor train/ and validation/ are there. '
            "Give the folder that holds them with --data"
        )
    return sorted(found, key=lambda pair: pair[0])


def read_votes(folder: Path) -> dict[str, list[int]]:
    """The ten annotators' votes by image name; columns as in the file."""
    path = folder / "ferplus-votes.csv"
    if not path.is_file():
        raise MissingData(f'Cannot read the votes "{path}": no such file. Put ferplus-votes.csv beside the images')
    with path.open() as lines:
        rows = csv.DictReader(lines)
        return {row["file"]: [int(row[column]) for column in (*VOTE_COLUMNS, "unknown", "NF")] for row in rows}


def normalised(images: np.ndarray, side: int) -> np.ndarray:
    """Images shrunk to side x side, without mean and with unit length, so that a dot product is a correlation."""
    small = np.stack([cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA) for image in images])
    flat = small.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def near_duplicate_pairs(images: np.ndarray, block: int = 2048) -> list[tuple[int, int]]:
    """Pairs of rows that show one photograph, mirrored or not. Compares all pairs; flat images match nothing."""
    coarse = normalised(images, 12)
    fine, fine_mirrored = normalised(images, SIDE), normalised(images[:, :, ::-1], SIDE)
    coarse_mirrored = normalised(images[:, :, ::-1], 12)
    flat = images.reshape(len(images), -1).std(1) <= FLAT_DEVIATION_MAX
    pairs = set()
    for start in range(0, len(images), block):
        for candidates, details in ((coarse, fine), (coarse_mirrored, fine_mirrored)):
            scores = candidates[start:start + block] @ coarse[start:].T
            for left, right in zip(*np.nonzero(scores >= COARSE_CORRELATION_MIN)):
                a, b = int(left) + start, int(right) + start
                if a < b and not flat[a] and not flat[b] and float(details[a] @ fine[b]) >= FINE_CORRELATION_MIN:
                    pairs.add((a, b))
    return sorted(pairs)


def groups_of(count: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Number of the connected group of every row (union-find over the pairs)."""
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for a, b in pairs:
        parent[root(b)] = root(a)
    return np.array([root(row) for row in range(count)])


def load(folder: Path, work: Path) -> Faces:
    """All faces with their groups; the second call reads the copy kept in the work folder."""
    kept = work / "faces.npz"
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as stored:
            return Faces(**{field: stored[field] for field in Faces.__dataclass_fields__})
    named, votes = read_images(folder), read_votes(folder)
    names = [name for name, _ in named]
    images = np.stack([image for _, image in named])
    raw = np.array([votes.get(name, [0] * 10) for name in names])
    by_expression = np.zeros((len(names), len(EXPRESSIONS)), np.int64)
    for column, expression in enumerate(VOTED_EXPRESSION):
        by_expression[:, expression] += raw[:, column]
    faces = Faces(
        names=np.array(names),
        images=images,
        labels=np.array([EXPRESSIONS.index(name.split("/")[1]) for name in names]),
        votes=by_expression,
        unusable_votes=raw[:, 8] + raw[:, 9],
        not_a_face=raw[:, 9],
        split=np.array([SPLITS.index(name.split("/")[0]) for name in names]),
        group=groups_of(len(names), near_duplicate_pairs(images)),
    )
    work.mkdir(parents=True, exist_ok=True)
    np.savez(kept, **{field: getattr(faces, field) for field in Faces.__dataclass_fields__})
    return faces


def three_of(expressions: np.ndarray) -> np.ndarray:
    """Sums of the seven columns over the three classes [n, 3]."""
    return np.stack([expressions[:, CLASS_OF_EXPRESSION == index].sum(1) for index in range(3)], 1)


def majority(faces: Faces) -> np.ndarray:
    """FER+ majority after summing votes to three classes; -1 for ties, no votes, and mostly unknown or not a face."""
    three = three_of(faces.votes)
    top = three.max(1)
    tied = (three == top[:, None]).sum(1) > 1
    return np.where((top == 0) | tied | (faces.unusable_votes >= top), -1, three.argmax(1))


def training_rows(faces: Faces) -> np.ndarray:
    """Mask of what may be trained on: the train split without groups that reach into validation, flat images
    and images most annotators call not a face."""
    validation_groups = np.unique(faces.group[faces.split == 1])
    flat = faces.images.reshape(len(faces), -1).std(1) <= FLAT_DEVIATION_MAX
    return (faces.split == 0) & ~np.isin(faces.group, validation_groups) & ~flat & (faces.not_a_face < 5)


def described(faces: Faces) -> dict:
    """What was found in the data: counts for the log and the model card."""
    train, validation, rows = faces.split == 0, faces.split == 1, training_rows(faces)
    train_groups, validation_groups = np.unique(faces.group[train]), np.unique(faces.group[validation])
    flat = faces.images.reshape(len(faces), -1).std(1) <= FLAT_DEVIATION_MAX
    truth = majority(faces)
    return {
        "trainImages": int(train.sum()),
        "validationImages": int(validation.sum()),
        "trainedOn": int(rows.sum()),
        "trainNearValidation": int((train & np.isin(faces.group, validation_groups)).sum()),
        "validationNearTrain": int((validation & np.isin(faces.group, train_groups)).sum()),
        "trainInGroups": int(train.sum() - len(train_groups)),
        "flat": int(flat.sum()),
        "mostlyNotAFace": int((faces.not_a_face >= 5).sum()),
        "withoutVotes": int(((faces.votes.sum(1) + faces.unusable_votes) == 0).sum()),
        "trainPerExpression": {name: int((faces.labels[rows] == i).sum()) for i, name in enumerate(EXPRESSIONS)},
        "trainPerMajority": {name: int((truth[rows] == i).sum()) for i, name in enumerate(CLASSES)},
        "validationWithoutMajority": int((truth[validation] < 0).sum()),
        "neutralByVotesNegativeByLabel": float(
            (CLASS_OF_EXPRESSION[faces.labels[rows & (truth == 1)]] == 0).mean()
        ),
    }
