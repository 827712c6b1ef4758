"""What a frame costs the customer's prototype: its published notebook's steps for one frame, with OpenCV, on one thread.

    python3 bench/prototype.py FILE.mjpeg [FRAMES]

In its order: decode in colour, gray, load the cascade anew (it does so for each frame), search the whole picture by
detectMultiScale(gray, 1.3, 5), and for each face cut, shrink to 48 x 48 and predict by its net: convolutions of 32, 64
and 128 kernels of 3 x 3, each halved after, then 512 and 3 neurons; then draw its box, its label and the satisfaction on
the picture. Only time counts, so the weights are random. In its favour: PyTorch stands for Keras, whose `predict` takes a
multiple of that for one face, OpenCV is held to one thread, and the window in which it shows every frame is left out.
Prints JSON: the median CPU milliseconds of a frame and of its steps. Without PyTorch the net is left out, and said so.
"""

import json
import statistics
import sys
import time

import cv2
import numpy as np

try:
    import torch
except ImportError:
    torch = None

CASCADE = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"


def pictures(file: str, most: int) -> list[np.ndarray]:
    """Pictures of a file of concatenated JPEGs."""
    data = open(file, "rb").read()
    found, start = [], 0
    while len(found) < most and (end := data.find(b"\xff\xd9", start)) >= 0:
        found.append(np.frombuffer(data[start:end + 2], np.uint8))
        start = end + 2
    return found


def prototype_net():
    """The notebook's layers, weights random."""
    torch.set_num_threads(1)
    layers = []
    for entering, leaving in ((1, 32), (32, 64), (64, 128)):
        layers += [torch.nn.Conv2d(entering, leaving, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
    layers += [torch.nn.Flatten(), torch.nn.Linear(2048, 512), torch.nn.ReLU(), torch.nn.Linear(512, 3)]
    return torch.nn.Sequential(*layers, torch.nn.Softmax(1)).eval()


def main() -> None:
    cv2.setNumThreads(1)
    net = prototype_net() if torch else None
    steps: dict[str, list[float]] = {"decode": [], "gray": [], "load": [], "search": [], "net": [], "draw": []}
    faces, whole = 0, []
    for number, encoded in enumerate(pictures(sys.argv[1], 1 + int(sys.argv[2] if len(sys.argv) > 2 else 12))):
        at = [time.process_time()]
        colour = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        at.append(time.process_time())
        gray = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
        at.append(time.process_time())
        cascade = cv2.CascadeClassifier(CASCADE)
        at.append(time.process_time())
        found = cascade.detectMultiScale(gray, 1.3, 5)
        at.append(time.process_time())
        for x, y, width, height in found:
            face = cv2.resize(gray[y:y + height, x:x + width], (48, 48)) / np.float32(255)
            if net:
                with torch.no_grad():
                    int(net(torch.from_numpy(face)[None, None]).argmax())
        at.append(time.process_time())
        for x, y, width, height in found:
            cv2.putText(colour, "satisfaction: 100%", (10, 60), cv2.FONT_HERSHEY_COMPLEX, 0.9, (255, 255, 0), 2)
            cv2.rectangle(colour, (x, y), (x + width, y + height), (0, 255, 0), 2)
            cv2.putText(colour, "Positive", (x, y - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 255, 0), 2)
        at.append(time.process_time())
        if number == 0:
            continue  # Warm-up.
        faces += len(found)
        whole.append(1000 * (at[-1] - at[0]))
        for name, before, after in zip(steps, at, at[1:]):
            steps[name].append(1000 * (after - before))
    said = {name: statistics.median(each) for name, each in steps.items()}
    print(json.dumps({"ms": statistics.median(whole), "steps": said, "frames": len(whole), "faces": faces, "net": bool(net)}))


if __name__ == "__main__":
    main()
