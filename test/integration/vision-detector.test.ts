// Runs under Deno too.
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { openTurboJpeg } from "../../infra/vision/decoder-turbojpeg.ts"
import { openDetector } from "../../infra/vision/detector-wasm.ts"
import { openPicture, showRegion, wholeRegion } from "../../infra/vision/luma-plane.ts"
import { overlap } from "../../models/vision/face-track.ts"
import { sideMaxPx } from "../../models/vision/scale.ts"
import { carefulSearch, regionSearch, wholeSearch } from "../../models/vision/searches.ts"
import { readPicture } from "../fixtures/pictures/pictures.ts"

type Box = [x: number, y: number, width: number, height: number]
const boxes: Record<string, Box[]> = JSON.parse(
  readFileSync(new URL("../fixtures/pictures/opencv-boxes.json", import.meta.url), "utf8")
)
const decoder = await openTurboJpeg()
const detector = openDetector()

function show(name: string) {
  const opened = openPicture({ codec: "jpeg", bytes: readPicture(name) })
  if (typeof opened === "string") throw new Error(opened)
  const region = wholeRegion(opened)
  expect(showRegion(opened, region, decoder, detector.plane)).toBeUndefined()
  return { opened, ...region }
}

const asBox = ([xPx, yPx, widthPx, heightPx]: Box) => ({ xPx, yPx, widthPx, heightPx })

it.each(Object.entries(boxes))("finds in %s the faces OpenCV finds, and no others", (name, theirs) => {
  const { widthPx, heightPx } = show(name)
  const ours = detector.find(widthPx, heightPx, wholeSearch)
  expect(ours).toHaveLength(theirs.length)
  for (const { xPx, yPx, sidePx } of ours) {
    const box = { xPx, yPx, widthPx: sidePx, heightPx: sidePx }
    // 0.85 is the mean our table promises; single boxes of these pictures lie above 0.9.
    expect(Math.max(...theirs.map((their) => overlap(box, asBox(their))))).toBeGreaterThan(0.9)
  }
})

it.each([regionSearch, carefulSearch])("%o finds a face again where it was", (search) => {
  for (const [name, [their]] of Object.entries(boxes)) {
    const { widthPx, heightPx } = show(name)
    const [found] = detector.find(widthPx, heightPx, search(their![2]))
    expect(overlap({ ...found!, widthPx: found!.sidePx, heightPx: found!.sidePx }, asBox(their!))).toBeGreaterThan(0.8)
  }
})

it("finds nothing in flat grey, noise and pictures smaller than its window", () => {
  detector.plane.fill(128)
  expect(detector.find(sideMaxPx, sideMaxPx, wholeSearch)).toEqual([])
  let seed = 1
  for (let i = 0; i < detector.plane.length; i++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    detector.plane[i] = seed >>> 24
  }
  expect(detector.find(sideMaxPx, sideMaxPx, wholeSearch)).toEqual([])
  for (const [width, height] of [
    [23, 400],
    [400, 23],
    [1, 1],
    [24, 24]
  ] as const) {
    expect(detector.find(width, height, wholeSearch)).toEqual([])
  }
})

it("finds the same whatever was searched before", () => {
  const { widthPx, heightPx } = show("london-009-happy.jpg")
  const first = detector.find(widthPx, heightPx, wholeSearch)
  detector.plane.fill(255)
  detector.find(sideMaxPx, sideMaxPx, wholeSearch)
  show("london-009-happy.jpg")
  expect(detector.find(widthPx, heightPx, wholeSearch)).toEqual(first)
  expect(detector.hitsCutOff).toBe(0)
})

it("refuses planes larger than its memory", () => {
  expect(() => detector.find(sideMaxPx + 1, 10, wholeSearch)).toThrow(/^Cannot search 641 x 10/)
})
