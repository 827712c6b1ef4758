"""Prints the tables of the model card from the manifest, so that no number in it is typed by hand.

    /usr/bin/python3 models/training/card.py            prints them
    /usr/bin/python3 models/training/card.py --write    puts them into models/README.md between its two marks
"""
from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

from dataset import CLASSES

MODELS = Path(__file__).resolve().parents[1]
MANIFEST, CARD = MODELS / "weights/expression.json", MODELS / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def line(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def figures() -> None:
    """Prints all tables."""
    manifest = json.loads(MANIFEST.read_text())
    validation, held_out = manifest["validation"], manifest["heldOut"]
    labels, votes = validation["labels"], validation["votes"]
    print(line("figure", "must", "goal", "reached", "95 % interval", "without near-duplicates"))
    print("|---|---|---|---|---|---|")
    for name, must, goal, part, value, interval in (
        ("F1(Negative), FER2013 labels", 0.80, 0.86, "labels", lambda m: m["f1"]["negative"], "f1Negative"),
        ("F1(Negative), FER+ majority", 0.75, 0.80, "votes", lambda m: m["f1"]["negative"], "f1Negative"),
        ("macro-F1, FER+ majority", 0.80, 0.86, "votes", lambda m: m["macroF1"], "macroF1"),
        ("calibration error, votes agreeing", 0.05, 0.03, "votes", lambda m: m["ece"], None),
        ("calibration error, majority", 0.05, 0.03, "votes", lambda m: m["eceAgainstMajority"], None),
    ):
        whole, apart = validation[part], validation[f"{part}WithoutNearDuplicates"]
        low_high = " to ".join(f"{v:.3f}" for v in whole["intervals"][interval]) if interval else ""
        print(line(name, f"{must:.2f}", f"{goal:.2f}", f"{value(whole):.3f}", low_high, f"{value(apart):.3f}"))
    for name, must, goal, key, wanted in (
        ("London set: neutral faces read Neutral", "95 %", "99 %", "london/neutral", "neutral"),
        ("London set: neutral faces read Negative", "3 %", "1 %", "london/neutral", "negative"),
        ("London set: smiling faces read Positive", "75 %", "90 %", "london/happy", "positive"),
    ):
        if key in held_out:
            low_high = " to ".join(map(percent, held_out[key]["interval"])) if wanted != "negative" else ""
            print(line(name, must, goal, percent(held_out[key][wanted]), low_high, ""))
    if "clipsRight" in held_out:
        print(line("labelled clips right by majority", "10 of 11", "11", "{} of {}".format(*held_out["clipsRight"]), "", ""))
        print(line("frames of neutral clips read Neutral", "85 %", "95 %", percent(held_out["neutralClipFramesReadNeutral"]), "", ""))
    for title, part in (("FER2013 labels", labels), ("FER+ majority", votes)):
        print(f"\n{title} (n = {part['n']}, {part['leftOut']} left out); rows are the truth, columns the readings\n")
        print(line("", *CLASSES, "recall", "precision", "F1"))
        print("|---|---|---|---|---|---|---|")
        for index, name in enumerate(CLASSES):
            print(line(name, *part["confusion"][index], *(f"{part[key][name]:.3f}" for key in ("recall", "precision", "f1"))))
    print("\nClips, share of frames\n")
    print(line("clip", "frames", *CLASSES))
    print("|---|---|---|---|---|")
    for name, part in held_out.items():
        if name.startswith("clip/"):
            print(line(name[5:], part["n"], *(percent(part[c]) for c in CLASSES)))
    print("\nWhat the two label sets allow together (this model, other operating points)\n")
    print(line("F1(Negative), labels", "F1(Negative), votes", "clear neutral faces read Neutral"))
    print("|---|---|---|")
    for point in manifest["labelSetsClash"]:
        print(line(*(f"{point[key]:.3f}" for key in ("f1NegativeLabels", "f1NegativeVotes", "clearNeutralReadNeutral"))))
    print("\nWhat reading more smiles would cost (this model, other shifts of Positive; the London set is for information, nothing is chosen by it)\n")
    print(line("shift", "F1(Negative), labels", "F1(Negative), votes", "macro-F1, votes", "slight smiles read Positive", "London: smiles read Positive", "London: neutral read Neutral"))
    print("|---|---|---|---|---|---|---|")
    for point in manifest["smileCurve"]:
        values = [f"{point[key]:.3f}" for key in ("f1NegativeLabels", "f1NegativeVotes", "macroF1Votes", "slightSmileReadPositive")]
        london = [percent(point[key][part]) for key, part in (("london/happy", 2), ("london/neutral", 1)) if key in point]
        print(line(f"{point['positiveShift']:.1f}", *values, *london))


def main() -> None:
    if "--write" not in sys.argv[1:]:
        figures()
        return
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        figures()
    text = CARD.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    CARD.write_text(f"{before}{BEGIN}\n{printed.getvalue()}{END}{after}")


if __name__ == "__main__":
    main()
