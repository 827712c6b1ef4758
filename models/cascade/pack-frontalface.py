"""Packs OpenCV's frontal face cascade into frontalface.bin and its licence into frontalface.LICENSE.

    python3 models/cascade/pack-frontalface.py /usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml

The XML is in Debian's package opencv-data. Little endian, no padding:

    "MIMC", u8 version = 1, u8 window side, u16 stages
    per stage: u16 stumps of two rectangles, u16 of three, f32 threshold; then the stumps, those of two first
    per stump: rectangles as u8 x, y, width, height; u8 weights of the second and third (the first weighs -1);
               f32 threshold, f32 left, f32 right

A stage sums its stumps, so their order within it does not matter. It refuses a cascade with trees or tilted features.
"""

import pathlib
import re
import struct
import sys
import xml.etree.ElementTree as ElementTree

SLACK = 1e-5  # OpenCV subtracts it from every stage's threshold

source = pathlib.Path(sys.argv[1])
folder = pathlib.Path(__file__).parent
text = source.read_text()
cascade = ElementTree.fromstring(text).find("cascade")
assert cascade.findtext("featureType") == "HAAR"


def rectangles(feature):
    assert feature.find("tilted") is None or feature.findtext("tilted").strip() == "0"
    found = []
    for rectangle in feature.find("rects"):
        x, y, width, height, weight = (float(word) for word in rectangle.text.split())
        found.append((int(x), int(y), int(width), int(height), int(weight)))
    assert found[0][4] == -1 and len(found) in (2, 3) and all(r[4] > 0 for r in found[1:])
    return found


features = [rectangles(feature) for feature in cascade.find("features")]
stages = cascade.find("stages")
packed = b"MIMC" + struct.pack("<BBH", 1, int(cascade.findtext("width")), len(stages))
for stage in stages:
    stumps = []
    for weak in stage.find("weakClassifiers"):
        left_node, right_node, feature, threshold = weak.findtext("internalNodes").split()
        assert (left_node, right_node) == ("0", "-1"), "a tree, not a stump"
        left, right = (float(word) for word in weak.findtext("leafValues").split())
        stumps.append((features[int(feature)], float(threshold), left, right))
    stumps.sort(key=lambda stump: len(stump[0]))  # stable
    threes = sum(len(stump[0]) == 3 for stump in stumps)
    packed += struct.pack("<HHf", len(stumps) - threes, threes, float(stage.findtext("stageThreshold")) - SLACK)
    for rects, threshold, left, right in stumps:
        for rect in rects:
            packed += struct.pack("<4B", *rect[:4])
        packed += bytes(rect[4] for rect in rects[1:])
        packed += struct.pack("<3f", threshold, left, right)

(folder / "frontalface.bin").write_bytes(packed)
licence = re.search(r"<!--(.*?)-->", text, re.DOTALL).group(1)
lines = [line.rstrip() for line in licence.strip("\n").splitlines()]
(folder / "frontalface.LICENSE").write_text(
    "frontalface.bin is haarcascade_frontalface_default.xml of OpenCV in another notation. The header of that file:\n\n"
    + "\n".join(lines).rstrip()
    + "\n"
)
