"""Rules of the data: run with `/usr/bin/python3 -m unittest discover models/training`; with MIMIKA_DATA set to the
folder of FER2013 the real split is checked too."""
import os
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import augment
import dataset


def picture(seed: int) -> np.ndarray:
    """A smooth random picture, unlike any other."""
    rng = np.random.default_rng(seed)
    return dataset.cv2.resize(rng.integers(0, 256, (8, 8), np.uint8).astype(np.uint8), (48, 48), interpolation=dataset.cv2.INTER_CUBIC)


def faces_of(images: list[np.ndarray], split: list[int]) -> dataset.Faces:
    stacked, count = np.stack(images), len(images)
    return dataset.Faces(
        names=np.array([str(i) for i in range(count)]), images=stacked, labels=np.full(count, 4),
        votes=np.tile([0, 0, 0, 0, 10, 0, 0], (count, 1)), unusable_votes=np.zeros(count, int), not_a_face=np.zeros(count, int),
        split=np.array(split), group=dataset.groups_of(count, dataset.near_duplicate_pairs(stacked)),
    )


class NearDuplicates(unittest.TestCase):
    def test_a_brighter_a_noisy_and_a_mirrored_copy_are_one_group(self):
        original = picture(1)
        noisy = np.clip(original + np.random.default_rng(0).normal(0, 6, (48, 48)), 0, 255).astype(np.uint8)
        faces = faces_of([original, (original * 0.7 + 30).astype(np.uint8), noisy, original[:, ::-1].copy(), picture(2)], [0] * 5)
        self.assertEqual(len(set(faces.group[:4])), 1)
        self.assertNotEqual(faces.group[4], faces.group[0])

    def test_no_group_is_on_both_sides_of_the_split(self):
        original = picture(1)
        faces = faces_of([original, picture(2), original[:, ::-1].copy()], [0, 0, 1])
        rows = dataset.training_rows(faces)
        self.assertEqual(rows.tolist(), [False, True, False])

    def test_flat_images_are_not_trained_on_and_match_nothing(self):
        flat = np.full((48, 48), 7, np.uint8)
        faces = faces_of([flat, flat, picture(3)], [0, 1, 0])
        self.assertEqual(dataset.training_rows(faces).tolist(), [False, False, True])
        self.assertEqual(len(set(faces.group)), 3)

    @unittest.skipUnless("MIMIKA_DATA" in os.environ, "MIMIKA_DATA does not name the folder of FER2013")
    def test_the_real_split_shares_no_group(self):
        with tempfile.TemporaryDirectory() as work:
            faces = dataset.load(Path(os.environ["MIMIKA_DATA"]), Path(work))
        taught = faces.group[dataset.training_rows(faces)]
        self.assertEqual(np.intersect1d(taught, faces.group[faces.split == 1]).size, 0)


class Majority(unittest.TestCase):
    def test_votes_are_summed_to_three_classes_before_the_majority(self):
        faces = faces_of([picture(i) for i in range(4)], [1] * 4)
        faces.votes[:] = [[2, 2, 0, 0, 3, 0, 0], [0, 0, 0, 4, 4, 0, 0], [0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 2, 1, 0, 0]]
        faces.unusable_votes[:] = [0, 0, 0, 7]
        self.assertEqual(dataset.majority(faces).tolist(), [0, -1, -1, -1])


class Augmentation(unittest.TestCase):
    def test_one_seed_gives_one_view(self):
        first, second = (augment.augmented(picture(1), np.random.default_rng(5)) for _ in range(2))
        self.assertTrue((first == second).all())
        self.assertEqual((first.shape, first.dtype), ((48, 48), np.uint8))


if __name__ == "__main__":
    unittest.main()
