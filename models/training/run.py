"""Trains the expression model from FER2013 and its two label sets: the one entry, started by `npm run train -- --data DIR`.

Stages, each skipped when its result is in the work folder, so that a stopped run goes on where it was (within a
training, at the last whole epoch): prepare, teachers and quick side by side, pool (augmented views with the teachers'
answers), student, finish, and ship (operating point, int8, metrics, manifest). Writes nothing outside the work folder until ship.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
STAGES = ("prepare", "teacher", "quick", "pool", "student", "finish", "ship")
STRENGTH = 0.6
"""Of the augmentation while learning from labels: at 1.0 a teacher still underfits after 24 epochs (decision 0040)."""
RECIPES = {
    "quick": "student trained on both label sets, without teachers",
    "student": "student trained on both label sets, then distilled from the mean of {teachers} teachers on augmented views",
    "finish": "student trained on both label sets, then distilled from the mean of {teachers} teachers on augmented views, at last on the three classes that are read",
}

ALONE = ("pool", "student", "finish", "ship")
"""Stages that have the machine to themselves and take every core; the others run side by side, one core each."""

os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
try:
    import cv2
    import numpy as np
    import onnx  # noqa: F401
    import torch
except ImportError as missing:
    sys.exit(
        f"Cannot train: the Python package {missing.name} is missing. On Debian: "
        "apt-get install python3-torch python3-opencv python3-onnx opencv-data, and start this with /usr/bin/python3"
    )

import dataset
import faces as cut
import networks
import pool
import ship
import train


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run train --", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with fer2013.tar.xz (or train/ and validation/) and ferplus-votes.csv; london/ and clips/ beside it are evaluated on, if there")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache/mimika-training", help="folder for checkpoints and the log (default: %(default)s)")
    parser.add_argument("--target", type=Path, default=REPOSITORY / "models/weights", help="folder for the shipped file (default: models/weights)")
    parser.add_argument("--stage", choices=STAGES, help="only this stage; without it, everything that is not done yet")
    parser.add_argument("--check", action="store_true", help="only check that no group of near-duplicates is on both sides of the split")
    parser.add_argument("--seed", type=int, default=1, help="with --stage teacher: which one (default: 1)")
    parser.add_argument("--weights", choices=RECIPES, default="finish", help="with --stage ship: which network (default: %(default)s)")
    parser.add_argument("--teachers", type=int, default=2, help="how many (default: %(default)s)")
    parser.add_argument("--teacher-epochs", type=int, default=34)
    parser.add_argument("--quick-epochs", type=int, default=16)
    parser.add_argument("--student-start", default="quick", help="with --stage student: which network it goes on from (default: %(default)s)")
    parser.add_argument("--student-rate", type=float, default=train.FROM_TEACHERS.peak_rate, help="peak learning rate of the student (default: %(default)s)")
    parser.add_argument("--student-epochs", type=int, default=70)
    parser.add_argument("--finish-epochs", type=int, default=16)
    return parser.parse_args()


def logger(work: Path):
    """Prints a line and appends it, with the time of day in UTC, to the log of the work folder."""
    def log(line: str) -> None:
        stamped = f"{time.strftime('%H:%M:%S', time.gmtime())} {line}"
        print(stamped, flush=True)
        with (work / "training.log").open("a") as lines:
            lines.write(stamped + "\n")
    return log


def check(given: argparse.Namespace, log) -> None:
    """Fails when a trained-on image has a near-copy in validation."""
    found = dataset.load(given.data, given.work)
    both = np.intersect1d(found.group[dataset.training_rows(found)], found.group[found.split == 1])
    if both.size:
        sys.exit(f"Cannot train: {both.size} groups of near-duplicates are on both sides of the split")
    log(json.dumps({"kind": "data", **dataset.described(found)}))


def learn_labels(kind: str, name: str, net: torch.nn.Module, pace: train.Pace, epochs: int, given: argparse.Namespace, log) -> None:
    """Trains one network on both label sets."""
    found = dataset.load(given.data, given.work)
    taught, validation = found.take(dataset.training_rows(found)), found.take(found.split == 1)
    net = train.train(
        kind, net, pace, lambda epoch: train.augmented_epoch(taught, given.seed * 1000 + epoch, STRENGTH), len(taught) // train.BATCH,
        epochs, validation, given.work / f"{name}.checkpoint", log, given.seed,
    )
    torch.save(net.state_dict(), given.work / f"{name}.pt")


def learn_teacher(given: argparse.Namespace, log) -> None:
    """A teacher that learns from nothing; another seed makes another opinion."""
    net = networks.ExpressionNet(**networks.TEACHER)
    learn_labels("teacher", f"teacher-{given.seed}", net, train.FROM_LABELS, given.teacher_epochs, given, log)


def learn_quick(given: argparse.Namespace, log) -> None:
    """The student without teachers: what it goes on from."""
    net = networks.ExpressionNet(**networks.STUDENT)
    learn_labels("student", "quick", net, train.FROM_LABELS, given.quick_epochs, given, log)


def stored_net(kind: str, path: Path) -> networks.ExpressionNet:
    """A finished network, or the weight average of an unfinished one."""
    net = networks.ExpressionNet(**(networks.TEACHER if kind == "teacher" else networks.STUDENT))
    finished = path.with_suffix(".pt")
    net.load_state_dict(torch.load(finished) if finished.is_file() else torch.load(path.with_suffix(".checkpoint"))["average"])
    return net.eval()


def make_pool(given: argparse.Namespace, log) -> None:
    """Augmented views with the answers of every finished teacher."""
    found = dataset.load(given.data, given.work)
    teachers = {path.stem: stored_net("teacher", path) for path in sorted(given.work.glob("teacher-*.pt"))}
    if not teachers:
        sys.exit(f'Cannot make the pool: no finished teacher in "{given.work}". Run --stage teacher first')
    pool.make(found.take(dataset.training_rows(found)), teachers, given.work / "pool", log)


def learn_from_teachers(given: argparse.Namespace, log) -> None:
    """Distils the student, starting from what it learned without teachers."""
    pace = replace(train.FROM_TEACHERS, peak_rate=given.student_rate)
    distil("student", given.work / given.student_start, pace, given.student_epochs, 77, given, log)


def finish(given: argparse.Namespace, log) -> None:
    """The student's last lesson, of the three classes that are read from both heads together."""
    distil("finish", given.work / "student", train.AS_READ, given.finish_epochs, 1234, given, log, as_read=True)


def distil(name: str, start: Path, pace: train.Pace, epochs: int, seed: int, given: argparse.Namespace, log, as_read: bool = False) -> None:
    """Goes on from a net with the pool."""
    found = dataset.load(given.data, given.work)
    taught, validation = found.take(dataset.training_rows(found)), found.take(found.split == 1)
    net = train.train(
        name, stored_net("student", start), pace, lambda epoch: pool.epoch_of(given.work / "pool", epoch, seed),
        pool.steps_per_epoch(taught), epochs, validation, given.work / f"{name}.checkpoint", log, seed, as_read,
    )
    torch.save(net.state_dict(), given.work / f"{name}.pt")


def ship_stage(given: argparse.Namespace, log) -> None:
    """Writes the shipped file and its manifest."""
    found = dataset.load(given.data, given.work)
    recipe = RECIPES[given.weights].format(teachers=len(list(given.work.glob("teacher-*.pt"))))
    net = stored_net("student", given.work / given.weights)
    manifest = ship.ship(net, found, cut.held_out(given.data.parent, given.work), given.target, recipe, log)
    for name in ("labels", "votes"):
        log(json.dumps({"kind": "shipped", "judgedBy": name, **manifest["validation"][name]}))
    log(json.dumps({"kind": "held out", **manifest["heldOut"]}))


def everything(given: argparse.Namespace, log) -> None:
    """All stages in order; teachers and quick side by side, as many at a time as there are cores."""
    check(given, log)
    base = [sys.executable, __file__, "--data", str(given.data), "--work", str(given.work), "--target", str(given.target)]
    base += ["--teacher-epochs", str(given.teacher_epochs), "--quick-epochs", str(given.quick_epochs), "--student-epochs", str(given.student_epochs), "--finish-epochs", str(given.finish_epochs)]
    numbers = range(1, given.teachers + 1)
    side_by_side(base, given, [("quick", 1)] + [("teacher", seed) for seed in numbers])
    for stage in ("pool", "student", "finish", "ship"):
        if not (given.work / f"{stage}.pt").is_file():
            subprocess.run([*base, "--stage", stage], check=True)


def side_by_side(base: list[str], given: argparse.Namespace, trainings: list[tuple[str, int]]) -> None:
    """Runs those of the trainings that are not done, as many at a time as there are cores."""
    running: list[subprocess.Popen] = []
    for stage, seed in trainings:
        while len(running) >= (os.cpu_count() or 1):
            time.sleep(5)
            running = [child for child in running if alive(child)]
        if not (given.work / ("quick.pt" if stage == "quick" else f"teacher-{seed}.pt")).is_file():
            running.append(subprocess.Popen([*base, "--stage", stage, "--seed", str(seed)]))
    while running:
        time.sleep(5)
        running = [child for child in running if alive(child)]


def alive(child: subprocess.Popen) -> bool:
    """Whether the child still runs; ends everything when it failed."""
    if child.poll() not in (None, 0):
        sys.exit(f"Cannot go on: {' '.join(map(str, child.args))} ended with {child.returncode}. Its message is above; start again to go on")
    return child.returncode is None


def main() -> None:
    given = arguments()
    given.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads((os.cpu_count() or 1) if given.stage in ALONE else 1)
    cv2.setNumThreads(1)
    torch.manual_seed(given.seed)
    log = logger(given.work)
    stages = {
        "prepare": lambda: check(given, log),
        "teacher": lambda: learn_teacher(given, log),
        "quick": lambda: learn_quick(given, log),
        "pool": lambda: make_pool(given, log),
        "student": lambda: learn_from_teachers(given, log),
        "finish": lambda: finish(given, log),
        "ship": lambda: ship_stage(given, log),
    }
    try:
        stages["prepare" if given.check else given.stage]() if given.check or given.stage else everything(given, log)
    except (dataset.MissingData, cut.MissingCascade) as problem:
        sys.exit(str(problem))
    except subprocess.CalledProcessError as problem:
        sys.exit(f"Cannot go on: {' '.join(map(str, problem.cmd))} ended with {problem.returncode}. Its message is above; start again to go on")


if __name__ == "__main__":
    main()
