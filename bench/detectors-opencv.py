"""OpenCV's boxes and CPU time for the luma planes in a folder, as JSON: a peer of `bench/detectors.ts`, which calls it.

    python3 bench/detectors-opencv.py FOLDER RATIO MIN_NEIGHBOURS

FOLDER holds .pgm files. One thread; each plane is searched once to warm up and once for the figure.
"""

import json
import pathlib
import sys
import time

import cv2

CASCADE = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"

folder, ratio, neighbours = pathlib.Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
detector = cv2.CascadeClassifier(CASCADE)
assert not detector.empty(), f'Cannot load "{CASCADE}". apt-get install opencv-data'
cv2.setNumThreads(1)
found = {}
for file in sorted(folder.glob("*.pgm")):
    plane = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    detector.detectMultiScale(plane, ratio, neighbours, minSize=(24, 24))
    before = time.process_time()
    boxes = detector.detectMultiScale(plane, ratio, neighbours, minSize=(24, 24))
    ms = 1000 * (time.process_time() - before)
    found[file.stem] = {"ms": ms, "boxes": [[int(value) for value in box] for box in boxes]}
print(json.dumps(found))
