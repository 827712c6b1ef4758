"""What a frame costs OpenCV when somebody who knows it tunes the chain by hand: our recipe in OpenCV's own calls, one thread.

    python3 bench/opencv-tuned.py FILE.mjpeg REGION_SIDES FRAMES_BETWEEN_SEARCHES WHOLE_RATIO WHOLE_HITS

Decodes gray at a quarter of the size, searches one and a half faces around the last box in three sizes, in seven when
that finds nothing, the whole picture once in so many frames and after a loss at most four times a second; cuts the face,
shrinks it to 48 x 48 and predicts by the prototype's net in cv2.dnn (random weights: only time counts). The same cascade.
Prints JSON: median and mean CPU milliseconds of a frame with and without the net, and the boxes in pixels of the picture.
"""

import json
import statistics
import sys
import tempfile
import time
import warnings

import cv2
import prototype

FRAMES_PER_SECOND = 30
LOST_SEARCH_EVERY = FRAMES_PER_SECOND // 4
WARM_UP = 10
SCALE = 4


def dnn_net():
    """The prototype's net as cv2.dnn runs it; None without PyTorch."""
    if not prototype.torch:
        return None
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prototype.torch.onnx.export(prototype.prototype_net(), prototype.torch.zeros(1, 1, 48, 48), file.name)
        return cv2.dnn.readNetFromONNX(file.name)


def main() -> None:
    file = sys.argv[1]
    sides, ratio = float(sys.argv[2]), float(sys.argv[4])
    between, hits = int(sys.argv[3]), int(sys.argv[5])
    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(prototype.CASCADE)
    net = dnn_net()
    face, searched_at = None, -LOST_SEARCH_EVERY

    def near(gray, low, high):
        x, y, side, _ = face
        margin = int(side * (sides - 1) / 2)
        left, top = max(0, x - margin), max(0, y - margin)
        region = gray[top:y + side + margin, left:x + side + margin]
        least, most = (max(24, round(share * side)) for share in (low, high))
        found = cascade.detectMultiScale(region, 1.1, 1, minSize=(least, least), maxSize=(most, most))
        return [(int(fx) + left, int(fy) + top, int(fw), int(fh)) for fx, fy, fw, fh in found]

    spent, predicted, boxes = [], [], []
    for number, encoded in enumerate(prototype.pictures(file, 10_000)):
        before = time.process_time()
        gray = cv2.imdecode(encoded, cv2.IMREAD_REDUCED_GRAYSCALE_4)
        found = []
        due = number % between == 0
        if face is not None and not due:
            found = near(gray, 0.87, 1.16) or near(gray, 0.7, 1.42)
        if not len(found) and (due or number - searched_at >= LOST_SEARCH_EVERY):
            searched_at = number
            found = [tuple(map(int, box)) for box in cascade.detectMultiScale(gray, ratio, hits, minSize=(24, 24))]
        face = max(found, key=lambda box: box[2]) if len(found) else None
        if face is not None:
            x, y, width, height = face
            crop = cv2.resize(gray[y:y + height, x:x + width], (48, 48))
            if net:
                net_at = time.process_time()
                net.setInput(cv2.dnn.blobFromImage(crop, 1 / 255))
                int(net.forward().argmax())
                net_ms = 1000 * (time.process_time() - net_at)
        whole = 1000 * (time.process_time() - before)
        boxes.append(None if face is None else [SCALE * value for value in face])
        if number >= WARM_UP:
            spent.append(whole)
            predicted.append(net_ms if net and face is not None else 0)
    without = [all_of_it - of_it for all_of_it, of_it in zip(spent, predicted)]
    print(json.dumps({
        "ms": statistics.median(spent),
        "meanMs": statistics.mean(spent),
        "withoutNetMs": statistics.median(without),
        "meanWithoutNetMs": statistics.mean(without),
        "net": bool(net),
        "boxes": boxes,
    }))


if __name__ == "__main__":
    main()
