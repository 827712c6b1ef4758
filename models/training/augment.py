"""Augmentation of 48x48 gray faces towards what calls show: the detector's unsteady box, low resolution, light, codecs.

One image at a time with OpenCV, all randomness from the generator handed in. Labels are left alone except by
`half_smiles`, which makes them with the images.
"""
from __future__ import annotations

import cv2
import numpy as np

SIDE = 48
HAPPY, NEUTRAL = 3, 4


def framed(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Mirrored, turned, scaled, stretched and moved, as a Haar box wanders around a face; at times through a
    lower resolution, as a face of 20 to 47 pixels."""
    scale = np.exp(rng.normal(0, 0.08) * strength)
    aspect = np.exp(rng.normal(0, 0.03) * strength)
    angle = rng.normal(0, 7) * strength * np.pi / 180
    shift = rng.normal(0, 1.8, 2) * strength
    mirror = -1 if rng.random() < 0.5 else 1
    middle = (SIDE - 1) / 2
    cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[cosine * aspect * mirror, -sine], [sine * mirror, cosine / aspect]])
    matrix += np.array([[0, rng.normal(0, 0.04) * strength], [0, 0]])
    offset = np.array([middle, middle]) - matrix @ [middle, middle] + shift
    if rng.random() < 0.25 * strength:
        small = int(rng.integers(20, SIDE))
        image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        image = cv2.resize(image, (SIDE, SIDE), interpolation=int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC])))
    interpolation = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    return cv2.warpAffine(
        image, np.hstack([matrix, offset[:, None]]), (SIDE, SIDE), flags=interpolation, borderMode=cv2.BORDER_REPLICATE
    )


def lit(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Gamma, contrast and brightness, light from one side or from behind, a glare spot; float in and out."""
    light = image.astype(np.float32) / 255
    if rng.random() < 0.15 * strength:
        low, high = np.percentile(light, [1, 99])
        light = (light - low) / max(high - low, 0.1)
    light = np.clip(light, 0, 1) ** np.exp(rng.normal(0, 0.25) * strength)
    light = (light - 0.5) * np.exp(rng.normal(0, 0.2) * strength) + 0.5 + rng.normal(0, 0.06) * strength
    if rng.random() < 0.3 * strength:
        direction = rng.uniform(0, 2 * np.pi)
        across = np.linspace(-1, 1, SIDE, dtype=np.float32)
        slope = across[None, :] * np.cos(direction) + across[:, None] * np.sin(direction)
        light = light * np.exp(slope * rng.uniform(0.1, 0.6) * strength)
    if rng.random() < 0.06 * strength:
        y, x = rng.uniform(0, SIDE, 2)
        grid = np.arange(SIDE, dtype=np.float32)
        spot = np.exp(-((grid[:, None] - y) ** 2 + (grid[None, :] - x) ** 2) / (2 * rng.uniform(3, 9) ** 2))
        light = light + spot * rng.uniform(0.3, 0.9)
    return np.clip(light * 255, 0, 255)


def damaged(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Blur or over-sharpening, sensor noise, JPEG blocks, an occluding patch; uint8 out."""
    chance = rng.random()
    if chance < 0.15 * strength:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.2))
    elif chance < 0.40 * strength:
        image = image + (image - cv2.GaussianBlur(image, (0, 0), rng.uniform(0.7, 1.5))) * rng.uniform(0.3, 1.5)
    if rng.random() < 0.2 * strength:
        image = image + rng.normal(0, rng.uniform(2, 9), image.shape)
    pixels = np.clip(image, 0, 255).astype(np.uint8)
    if rng.random() < 0.25 * strength:
        _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
        pixels = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    if rng.random() < 0.35 * strength:
        height, width = rng.integers(6, 20, 2)
        y, x = rng.integers(0, SIDE - height), rng.integers(0, SIDE - width)
        pixels[y:y + height, x:x + width] = rng.integers(0, 256)
    return pixels


def augmented(image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """One random view of a face. Strength 1 is a bad call; towards 0 less happens, and less often."""
    return damaged(lit(framed(image, rng, strength), rng, strength), rng, strength)


def half_smiles(
    neutral: np.ndarray, happy: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A neutral face cross-faded with a happy one, and its distribution over the expressions.

    From a share of 0.35 of the smile on, Positive outweighs Neutral: people call a face with a hint of a smile happy
    well before the middle between the two.
    """
    share = rng.uniform(0.15, 0.7)
    smile = 1 / (1 + np.exp(-(share - 0.35) * 10))
    target = np.zeros(7, np.float32)
    target[HAPPY], target[NEUTRAL] = smile, 1 - smile
    return cv2.addWeighted(happy, share, neutral, 1 - share, 0), target
