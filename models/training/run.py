"""Trains the expression model from FER2013 and its two label sets: the one entry, started by `npm run train -- --data DIR`.

Stages, each skipped when its result is in the work folder, so that a stopped run goes on where it was:
prepare, teachers (side by side, one thread each), pool (augmented views with the teachers' answers), student, and
ship (operating point, int8, metrics, manifest). Writes nothing outside the work folder until ship.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
RECIPES = {
    "quick": "student trained on both label sets, without teachers",
    "student": "student distilled from teachers trained on both label sets",
}
STAGES = ("prepare", "teacher", "quick", "pool", "student", "ship")

os.environ.setdefault("OMP_NUM_THREADS", "1")
try:
    import cv2  # noqa: F401
    import numpy as np
    import onnx  # noqa: F401
    import torch
except ImportError as missing:
    sys.exit(
        f"Cannot train: the Python package {missing.name} is missing. On Debian: "
        "apt-get install python3-torch python3-opencv python3-onnx, and start this with /usr/bin/python3"
    )

import dataset
import faces as cut
import networks
import ship
import train


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run train --", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with fer2013.tar.xz (or train/ and validation/) and ferplus-votes.csv")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache/mimika-training", help="folder for checkpoints and the log (default: %(default)s)")
    parser.add_argument("--stage", choices=STAGES, help="only this stage; without it, everything that is not done yet")
    parser.add_argument("--seed", type=int, default=1, help="with --stage teacher: which teacher (default: 1)")
    parser.add_argument("--weights", default="student", help="with --stage ship: which network, student or quick (default: %(default)s)")
    parser.add_argument("--target", type=Path, default=REPOSITORY / "models/weights", help="folder for the shipped file (default: models/weights)")
    parser.add_argument("--teacher-epochs", type=int, default=24)
    parser.add_argument("--quick-epochs", type=int, default=16)
    return parser.parse_args()


def logger(work: Path):
    """Prints a line and appends it, with the time of day in UTC, to the log of the work folder."""
    def log(line: str) -> None:
        stamped = f"{time.strftime('%H:%M:%S', time.gmtime())} {line}"
        print(stamped, flush=True)
        with (work / "training.log").open("a") as lines:
            lines.write(stamped + "\n")
    return log


def learn_labels(kind: str, name: str, epochs: int, seed: int, given: argparse.Namespace, log) -> None:
    """Trains one network on both label sets."""
    faces = dataset.load(given.data, given.work)
    taught, validation = faces.take(dataset.training_rows(faces)), faces.take(faces.split == 1)
    net = train.train(
        kind, lambda epoch: train.augmented_epoch(taught, seed * 1000 + epoch, 1.0), len(taught) // train.BATCH, epochs,
        validation, given.work / f"{name}.checkpoint", log, seed,
    )
    torch.save(net.state_dict(), given.work / f"{name}.pt")


def stored_net(kind: str, path: Path) -> networks.ExpressionNet:
    """A finished network, or the weight average of an unfinished one."""
    net = networks.ExpressionNet(**(networks.TEACHER if kind == "teacher" else networks.STUDENT))
    finished = path.with_suffix(".pt")
    net.load_state_dict(torch.load(finished) if finished.is_file() else torch.load(path.with_suffix(".checkpoint"))["average"])
    return net.eval()


def ship_stage(given: argparse.Namespace, log) -> None:
    """Writes the shipped file and its manifest."""
    found = dataset.load(given.data, given.work)
    net = stored_net("student", given.work / given.weights)
    recipe = RECIPES[given.weights]
    manifest = ship.ship(net, found, cut.held_out(given.data.parent, given.work), given.target, recipe, log)
    for name in ("labels", "votes"):
        log(json.dumps({name: manifest["validation"][name]}))
    log(json.dumps(manifest["heldOut"]))


def main() -> None:
    given = arguments()
    given.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    log = logger(given.work)
    if given.stage == "teacher":
        learn_labels("teacher", f"teacher-{given.seed}", given.teacher_epochs, given.seed, given, log)
    elif given.stage == "quick":
        learn_labels("student", "quick", given.quick_epochs, given.seed, given, log)
    elif given.stage == "ship":
        ship_stage(given, log)


if __name__ == "__main__":
    main()
