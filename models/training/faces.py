"""Faces cut from photos and clips with OpenCV's Haar cascade, as a stand-in for the product's own detector.

For evaluation only: nothing cut here is ever trained on or used to choose the operating point.
"""
from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

CASCADE = Path("/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml")
"""Of Debian's opencv-data."""
CROP_SCALE = 1.0
"""Side of the crop over the side of the Haar box. FER2013's own framing: the cascade's box on its images, padded and
enlarged four times, is 47 of 48 pixels wide in the median, centred within half a pixel (`--stage framing`)."""
SIDE = 48
WIDTH_MAX = 640
"""Wider frames are halved before detection, as the product decodes them at a half or a quarter."""


class MissingCascade(Exception):
    """OpenCV's cascade is not installed."""


def cascade() -> cv2.CascadeClassifier:
    if not CASCADE.is_file():
        raise MissingCascade(f'Cannot detect faces with "{CASCADE}": no such file. apt-get install opencv-data')
    return cv2.CascadeClassifier(str(CASCADE))


def largest_face(gray: np.ndarray, detector: cv2.CascadeClassifier) -> np.ndarray | None:
    """The largest Haar box cut out and shrunk by area averaging to 48x48; None without a face."""
    while gray.shape[1] > WIDTH_MAX:
        gray = cv2.resize(gray, (gray.shape[1] // 2, gray.shape[0] // 2), interpolation=cv2.INTER_AREA)
    boxes = detector.detectMultiScale(gray, 1.1, 4, minSize=(40, 40))
    if len(boxes) == 0:
        return None
    x, y, width, height = max(boxes, key=lambda box: box[2])
    half_x, half_y = width * CROP_SCALE / 2, height * CROP_SCALE / 2
    left, top = max(0, round(x + width / 2 - half_x)), max(0, round(y + height / 2 - half_y))
    crop = gray[top:round(y + height / 2 + half_y), left:round(x + width / 2 + half_x)]
    return cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def of_photos(folder: Path) -> tuple[np.ndarray, int]:
    """Crops of every photo with a face, and how many have none."""
    detector = cascade()
    crops = [largest_face(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), detector) for path in sorted(folder.glob("*.jpg"))]
    found = [crop for crop in crops if crop is not None]
    return np.stack(found), len(crops) - len(found)


def of_clip(path: Path) -> tuple[np.ndarray, int]:
    """Crops of every frame with a face, and how many have none."""
    detector, crops, missed = cascade(), [], 0
    video = cv2.VideoCapture(str(path))
    while True:
        there, frame = video.read()
        if not there:
            break
        crop = largest_face(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), detector)
        if crop is None:
            missed += 1
        else:
            crops.append(crop)
    return np.stack(crops) if crops else np.empty((0, SIDE, SIDE), np.uint8), missed


def held_out(data: Path, work: Path) -> dict[str, np.ndarray]:
    """Crops of the London set (`london/neutral`, `london/happy`) and of each labelled clip (`clip/<class>/<file>`).

    `data` is the folder beside FER2013's that holds `london/` and `clips/labelled/`; what is absent is left out.
    """
    kept = work / "held-out.npz"
    if kept.is_file():
        with np.load(kept) as stored:
            return dict(stored)
    crops: dict[str, np.ndarray] = {}
    for expression in ("neutral", "happy"):
        if (data / "london" / expression).is_dir():
            crops[f"london/{expression}"], missed = of_photos(data / "london" / expression)
            crops[f"missed/london/{expression}"] = np.array(missed)
    labels = data / "clips/labelled/labels.csv"
    if labels.is_file():
        for row in csv.DictReader(labels.open()):
            name = f"clip/{row['class3']}/{row['file']}"
            crops[name], missed = of_clip(labels.parent / row["file"])
            crops[f"missed/{name}"] = np.array(missed)
    if crops:
        np.savez(kept, **crops)
    return crops
