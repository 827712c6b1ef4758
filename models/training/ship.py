"""Turns a trained student into the shipped file: operating point, export, int8, metrics, manifest.

The manifest says everything a reader of the weights needs; the model card quotes it.
"""
from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx

import faces as cut
import metrics
import operating
from dataset import CLASS_OF_EXPRESSION, CLASSES, EXPRESSIONS, Faces, described, majority, three_of, training_rows
from export import OperatingPoint, export, heads_of, quantised, run
from networks import ExpressionNet, multiply_adds
from train import predicted

INT8_LOSS_MAX = 0.005
"""F1(Negative), on either label set, that int8 may lose against float32."""
CALIBRATION_IMAGES = 1024
READABLE_SHARE_MIN = 0.97
QUALITY_TAIL = 0.005
"""Share of validation faces that each of the sharpness and darkness thresholds may refuse."""
PATTERNS = 5

COMMAND = "npm run train -- --data DIR"
LICENCE = (
    "Trained on FER2013 (Kaggle, Challenges in Representation Learning, 2013), research data without a licence for "
    "commercial use: the weights may not be fit for commercial use without retraining on licensed data. "
    "FER+ votes: MIT licence, Microsoft. Evaluated on the Face Research Lab London Set (DeBruine & Jones, CC BY 4.0)."
)


def on_validation(validation: Faces, probabilities: np.ndarray, near_train: np.ndarray) -> dict:
    """Metrics on both label sets, with and without faces that have near-copies in the train split."""
    three, by_label, by_votes = three_of(probabilities), CLASS_OF_EXPRESSION[validation.labels], majority(validation)
    votes, apart = three_of(validation.votes), ~near_train
    return {
        "labels": metrics.judged(by_label, three),
        "labelsWithoutNearDuplicates": metrics.judged(by_label[apart], three[apart]),
        "votes": metrics.judged(by_votes, three, votes),
        "votesWithoutNearDuplicates": metrics.judged(by_votes[apart], three[apart], votes[apart]),
    }


def shares(probabilities: np.ndarray) -> list[float]:
    """Share of faces read Negative, Neutral, Positive."""
    return (np.bincount(three_of(probabilities).argmax(1), minlength=3) / len(probabilities)).round(4).tolist()


def interval(share: float, count: int) -> list[float]:
    """95 % interval of a share of independent faces (Wilson)."""
    middle = (share + 1.92 / count) / (1 + 3.84 / count)
    half = 1.96 * np.sqrt(share * (1 - share) / count + 0.96 / count ** 2) / (1 + 3.84 / count)
    return [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)]


def on_held_out(crops: dict[str, np.ndarray], predict) -> dict:
    """The London set and the labelled clips, through OpenCV's cascade. Never used to choose anything."""
    found: dict = {}
    frames_neutral, right, judged_clips = [], 0, 0
    for name, images in crops.items():
        if name.startswith("missed") or len(images) == 0:
            continue
        part = shares(predict(images))
        found[name] = {"n": len(images), "missed": int(crops[f"missed/{name}"]), **dict(zip(CLASSES, part))}
        if name.startswith("london"):
            wanted = 1 if name.endswith("neutral") else 2
            found[name]["interval"] = interval(part[wanted], len(images))
        truth = name.split("/")[1]
        if name.startswith("clip") and truth in CLASSES:
            judged_clips += 1
            right += CLASSES[int(np.argmax(part))] == truth
            if truth == "neutral":
                frames_neutral.append((part[1], len(images)))
    if judged_clips:
        found["clipsRight"] = [right, judged_clips]
        found["neutralClipFramesReadNeutral"] = round(
            sum(share * count for share, count in frames_neutral) / sum(count for _, count in frames_neutral), 4
        )
    return found


def thresholds(validation: Faces, probabilities: np.ndarray) -> dict:
    """When a face should be called unreadable, so that at least 97 % of the validation faces stay readable."""
    top = three_of(probabilities).max(1)
    blur = np.array([cv2.Laplacian(image, cv2.CV_32F).var() for image in validation.images])
    gray = validation.images.reshape(len(validation), -1).mean(1)
    found = {
        "topProbabilityMin": float(np.floor(min(0.45, np.quantile(top, 0.01)) * 100) / 100),
        "laplacianVarianceMin": float(np.floor(np.quantile(blur, QUALITY_TAIL))),
        "meanGrayMin": float(np.floor(np.quantile(gray, QUALITY_TAIL))),
    }
    readable = (top >= found["topProbabilityMin"]) & (blur >= found["laplacianVarianceMin"]) & (gray >= found["meanGrayMin"])
    if readable.mean() < READABLE_SHARE_MIN:
        raise AssertionError(f"Cannot ship: only {readable.mean():.3f} of the validation faces stay readable. Lower the thresholds")
    return {**found, "faceSidePixelsMin": 40, "readableShareOnValidation": round(float(readable.mean()), 4)}


def patterns() -> np.ndarray:
    """Gray patterns that a test can make by itself: pixel = (x * (k + 1) + y * (5 - k)) mod 256."""
    y, x = np.mgrid[0:48, 0:48]
    return np.stack([(x * (k + 1) + y * (5 - k)) % 256 for k in range(PATTERNS)]).astype(np.uint8)


def ship(net: ExpressionNet, found: Faces, held_out: dict[str, np.ndarray], target: Path, recipe: str, log) -> dict:
    """Writes `expression.onnx` and `expression.json` into the target folder and answers the manifest."""
    validation = found.take(found.split == 1)
    near_train = np.isin(validation.group, found.group[found.split == 0])
    target.mkdir(parents=True, exist_ok=True)
    path = target / "expression.onnx"
    taught = found.images[training_rows(found)]
    calibration = taught[np.linspace(0, len(taught) - 1, CALIBRATION_IMAGES).astype(int)]
    heads = heads_of(quantised(export(net, OperatingPoint(), path), calibration), validation.images)
    judge = operating.Judge(validation, *heads)
    point = operating.chosen(judge)
    log(f"operating point {json.dumps(point.described())} {json.dumps({k: round(v, 4) for k, v in judge.values(point).items()})}")
    exact = export(net, point, path)
    small = quantised(exact, calibration)
    both = {name: run(model, validation.images)["p"] for name, model in (("float32", exact), ("int8", small))}
    reports = {name: on_validation(validation, p, near_train) for name, p in both.items()}
    loss = max(reports["float32"][s]["f1"]["negative"] - reports["int8"][s]["f1"]["negative"] for s in ("labels", "votes"))
    precision = "int8" if loss < INT8_LOSS_MAX else "float32"
    model = small if precision == "int8" else exact
    onnx.save(model, str(path))
    log(f"ships {precision}: int8 loses {loss:.4f} of F1(Negative), {path.stat().st_size} bytes")
    manifest = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "precision": precision,
        "int8Loss": round(loss, 4),
        "multiplyAdds": multiply_adds(net),
        "input": {"name": "x", "shape": ["n", 1, 48, 48], "type": "float32", "values": "gray / 255"},
        "output": {"name": "p", "shape": ["n", 7], "type": "float32", "expressions": EXPRESSIONS},
        "classes": {name: [e for i, e in enumerate(EXPRESSIONS) if CLASSES[CLASS_OF_EXPRESSION[i]] == name] for name in CLASSES},
        "crop": {"scale": cut.CROP_SCALE, "side": 48, "resampling": "area", "relativeTo": "box of haarcascade_frontalface_default"},
        "operatingPoint": {**point.described(), "insideTheGraph": True, "rule": operating.__doc__.split("\n\n")[1].replace("\n", " ")},
        "operatingPointCriteria": {
            name: {"must": must, "goal": goal, "value": round(judge.values(point)[name], 4)} for name, (must, goal) in operating.CRITERIA.items()
        },
        "operatingPointCrossFitted": cross_fitted(validation, *heads),
        "labelSetsClash": operating.clash(judge, point.sharpness),
        "smileCurve": smile_curve(net, judge, point, held_out),
        "unreadable": thresholds(validation, both[precision]),
        "confusion": reports[precision]["votes"]["confusion"],
        "confusionByLabels": reports[precision]["labels"]["confusion"],
        "validation": reports[precision],
        "heldOut": on_held_out(held_out, lambda images: run(model, images)["p"]),
        "data": described(found),
        "recipe": recipe,
        "command": COMMAND,
        "licence": LICENCE,
        "selfTest": {
            "pattern": "pixel(x, y) of image k = (x * (k + 1) + y * (5 - k)) mod 256, divided by 255",
            "p": run(model, patterns())["p"].round(4).astype(float).round(4).tolist(),
        },
    }
    (target / "expression.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def smile_curve(net: ExpressionNet, judge: operating.Judge, point: OperatingPoint, held_out: dict[str, np.ndarray]) -> list[dict]:
    """What reading more smiles would cost: the criteria and the London set along the shift of Positive, for information."""
    london = {name: predicted(net, held_out[name]) for name in ("london/neutral", "london/happy") if name in held_out}
    curve = []
    for shift in np.arange(0, 2.01, 0.2):
        moved = replace(point, positive_shift=float(shift))
        found = {"positiveShift": round(float(shift), 2), **{name: round(value, 4) for name, value in judge.values(moved).items()}}
        for name, heads in london.items():
            found[name] = shares(moved.apply(*heads))
        curve.append(found)
    return curve


def cross_fitted(validation: Faces, label_head: np.ndarray, vote_head: np.ndarray) -> dict:
    """The criteria when the point is chosen on one half of the groups and measured on the other, averaged both ways:
    what choosing on the split itself gains is the difference to the plain figures."""
    side = np.random.default_rng(7).integers(0, 2, validation.group.max() + 1)[validation.group]
    values = []
    for half in (0, 1):
        judges = [operating.Judge(validation.take(rows), label_head[rows], vote_head[rows]) for rows in (side == half, side != half)]
        values.append(judges[1].values(operating.chosen(judges[0])))
    return {name: round(float(np.mean([v[name] for v in values])), 4) for name in operating.CRITERIA}
