/** The frame header's bytes, one by one, and every fault it can have. */

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { unreadableReasons } from "../../machines/reading.ts"
import {
  closeCodes,
  codecIds,
  codecs,
  consentPurposes,
  decodeFrameHeader,
  defaultBounds,
  dropReasons,
  encodeFrame,
  frameHeaderBytes,
  protocolVersion
} from "../../machines/wire.ts"
import { damagedReasons } from "../../models/vision/outcome.ts"

const header = { codec: "jpeg", sequence: 258, capturedAt: 1_700_000_000_123, widthPx: 0, heightPx: 0 } as const
const picture = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

describe("encodeFrame()", () => {
  it("writes the bytes of the worked example in docs/protocol.md", () => {
    expect(hex(encodeFrame(header, picture))).toBe(
      "01" + "01" + "0000" + "00000102" + "0000018bcfe5687b" + "0000" + "0000" + "00000004" + "ffd8ffd9"
    )
  })

  it("is read back from the middle of a larger buffer", () => {
    const message = encodeFrame(header, picture)
    const larger = new Uint8Array(message.length + 20)
    larger.set(message, 7)
    expect(decodeFrameHeader(larger.subarray(7, 7 + message.length))).toEqual(header)
  })
})

describe("decodeFrameHeader()", () => {
  const damaged = (change: (view: DataView) => void): Uint8Array => {
    const message = encodeFrame(header, picture)
    change(new DataView(message.buffer))
    return message
  }

  it.each([
    ["tooShort", new Uint8Array(0)],
    ["tooShort", new Uint8Array(frameHeaderBytes - 1).fill(protocolVersion)],
    ["version", damaged((view) => view.setUint8(0, protocolVersion + 1))],
    ["codec", damaged((view) => view.setUint8(1, 0))],
    ["codec", damaged((view) => view.setUint8(1, 99))],
    ["codec", damaged((view) => view.setUint16(2, 1))],
    ["sequence", damaged((view) => view.setUint32(4, 0))],
    ["sequence", damaged((view) => view.setUint32(4, 0xffffffff))],
    ["capturedAt", damaged((view) => view.setUint32(8, 0xffffffff))],
    ["length", damaged((view) => view.setUint32(20, 3))],
    ["length", damaged((view) => view.setUint32(20, 5))],
    ["length", encodeFrame(header, picture).subarray(0, frameHeaderBytes + 1)],
    ["dimensions", damaged((view) => view.setUint8(1, codecIds.gray8))],
    ["dimensions", encodeFrame({ ...header, codec: "gray8", widthPx: 2, heightPx: 3 }, picture)],
    ["dimensions", encodeFrame({ ...header, codec: "gray8", widthPx: 0, heightPx: 0 }, new Uint8Array(0))]
  ] as const)("names the fault: %s", (fault, message) => {
    expect(decodeFrameHeader(message)).toBe(fault)
  })

  it("takes an empty JPEG: that it is no picture is the decoder's to say, with an answer of its own", () => {
    expect(decodeFrameHeader(encodeFrame(header, new Uint8Array(0)))).toEqual(header)
  })
})

describe("docs/protocol.md", () => {
  const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8")

  it("names every close code, codec, purpose, and every reason of an answer", () => {
    for (const [name, code] of Object.entries(closeCodes)) expect(text).toContain(`| ${code} | \`${name}\` |`)
    for (const word of [...codecs, ...consentPurposes, ...dropReasons, ...unreadableReasons, ...damagedReasons])
      expect(text).toContain(`\`${word}\``)
  })

  it("states the default bounds and the worked example as they are", () => {
    const { codecs: _, ...numbers } = defaultBounds
    for (const [name, bound] of Object.entries(numbers)) {
      expect(text).toContain(`| \`${name}\` | ${bound.toLocaleString("en")} |`)
    }
    const example = /^01 01 .*$/m.exec(text)?.[0].replaceAll(" ", "")
    expect(hex(encodeFrame(header, picture))).toBe(example)
  })
})

describe("closeCodes", () => {
  it("are all different, and in the range left to applications", () => {
    const codes = Object.values(closeCodes)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code >= 4000 && code <= 4999).toBe(true)
  })
})
