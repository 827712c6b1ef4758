"""Builds what the pictures need from Manrope (OFL 1.1): subset TTFs, glyph outlines and widths as JSON, and a WOFF2 for the interactive page.

Run it with Debian's packages fonts-manrope, python3-fonttools and python3-brotli:  python3 build.py /usr/share/fonts/truetype/manrope
It draws nothing at run time: the outlines are committed, so a picture needs no font to be installed anywhere.
"""
import base64, io, json, os, sys
from fontTools import subset
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

source = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
weights = {"semiBold": "SemiBold", "extraBold": "ExtraBold"}
ranges = [(0x20, 0x7E), (0xA0, 0x17F), (0x400, 0x45F), (0x490, 0x493), (0x49A, 0x49B), (0x4A2, 0x4A3), (0x4AE, 0x4BB), (0x4D8, 0x4E9)]
singles = [0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2020, 0x2022, 0x2026, 0x2030, 0x2039, 0x203A,
           0x20AC, 0x20BD, 0x2116, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265]
web = list(range(0x20, 0x7F)) + list(range(0x410, 0x450)) + [0x401, 0x451, 0xA0, 0xA3, 0xA5, 0xAB, 0xBB, 0xB7, 0xD7] + singles
web_ranges = set(web)


class RelativePath(BasePen):
    """Outlines in thousandths of an em, y down, relative commands: short enough to commit."""

    def __init__(self, glyphs, scale):
        super().__init__(glyphs)
        self.scale, self.parts, self.at = scale, [], (0, 0)

    def point(self, p):
        return (round(p[0] * self.scale), round(-p[1] * self.scale))

    def relative(self, *points):
        return " ".join(f"{x - self.at[0]} {y - self.at[1]}" for x, y in points)

    def _moveTo(self, p):
        p = self.point(p)
        self.parts.append("m" + self.relative(p))
        self.at = self.start = p

    def _lineTo(self, p):
        p = self.point(p)
        self.parts.append("l" + self.relative(p))
        self.at = p

    def _qCurveToOne(self, c, p):
        c, p = self.point(c), self.point(p)
        self.parts.append("q" + self.relative(c, p))
        self.at = p

    def _closePath(self):
        self.parts.append("z")
        self.at = self.start


def kerning(font, names, scale):
    """Pair kerning of the chosen characters, flattened; pairs under 0.02 em are left out as invisible."""
    gpos, pairs = font["GPOS"].table, {}
    lookups = {i for f in gpos.FeatureList.FeatureRecord if f.FeatureTag == "kern" for i in f.Feature.LookupListIndex}
    characters = {}
    for code, name in names.items():
        characters.setdefault(name, []).append(chr(code))
    for index in sorted(lookups):
        for table in gpos.LookupList.Lookup[index].SubTable:
            table = getattr(table, "ExtSubTable", table)
            if table.LookupType != 2:
                continue
            covered = [g for g in table.Coverage.glyphs if g in characters]
            for i, left in enumerate(table.Coverage.glyphs):
                if left not in characters:
                    continue
                if table.Format == 1:
                    found = [(r.SecondGlyph, r.Value1) for r in table.PairSet[i].PairValueRecord]
                else:
                    row = table.Class1Record[table.ClassDef1.classDefs.get(left, 0)].Class2Record
                    found = [(g, row[table.ClassDef2.classDefs.get(g, 0)].Value1) for g in characters]
                for right, value in found:
                    advance = getattr(value, "XAdvance", 0) if value else 0
                    if right in characters and abs(advance * scale) >= 20:
                        for a in characters[left]:
                            for b in characters[right]:
                                pairs.setdefault(a + b, round(advance * scale))
    return pairs


outlines, woff = {}, {}
for weight, name in weights.items():
    path = os.path.join(source, f"Manrope-{name}.ttf")
    codes = [c for a, b in ranges for c in range(a, b + 1)] + singles
    options = subset.Options()
    options.layout_features, options.hinting, options.name_IDs = ["kern"], False, [0, 1, 2, 13, 14]
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    subset.save_font(font, os.path.join(here, f"Manrope-{name}.subset.ttf"), options)

    font = TTFont(os.path.join(here, f"Manrope-{name}.subset.ttf"))
    scale, glyphs, cmap = 1000 / font["head"].unitsPerEm, font.getGlyphSet(), font.getBestCmap()
    table = {}
    for code, glyph in sorted(cmap.items()):
        pen = RelativePath(glyphs, scale)
        glyphs[glyph].draw(pen)
        table[chr(code)] = f"{round(glyphs[glyph].width * scale)} {''.join(pen.parts)}".strip()
    shown = {c: g for c, g in cmap.items() if c in web_ranges and (chr(c).isalnum() or chr(c) in "%.,«»—–-")}
    pairs = kerning(font, shown, scale)
    outlines[weight] = {"glyphs": table, "kerning": pairs}
    print(weight, len(table), "glyphs", len(pairs), "pairs")

    options = subset.Options()
    options.flavor, options.hinting, options.layout_features = "woff2", False, ["kern"]
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=web)
    subsetter.subset(font)
    out = io.BytesIO()
    font.flavor = "woff2"
    font.save(out)
    woff[weight] = base64.b64encode(out.getvalue()).decode()

for file, content in (("outlines.json", outlines), ("web.json", woff)):
    with open(os.path.join(here, file), "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=2)
        out.write("\n")
