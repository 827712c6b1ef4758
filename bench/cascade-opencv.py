"""OpenCV's boxes for the luma planes in a folder, as JSON: the peer of `bench/cascade.ts`, which calls it.

    python3 bench/cascade-opencv.py FOLDER RATIO MIN_NEIGHBOURS

FOLDER holds .pgm files. Needs Debian's python3-opencv and opencv-data.
"""

import json
import pathlib
import sys

import cv2

CASCADE = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"

folder, ratio, neighbours = pathlib.Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
detector = cv2.CascadeClassifier(CASCADE)
assert not detector.empty(), f'Cannot load "{CASCADE}". apt-get install opencv-data'
cv2.setNumThreads(1)
boxes = {}
for file in sorted(folder.glob("*.pgm")):
    plane = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    found = detector.detectMultiScale(plane, ratio, neighbours, minSize=(24, 24))
    boxes[file.stem] = [[int(value) for value in box] for box in found]
print(json.dumps(boxes))
