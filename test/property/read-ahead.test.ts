/** Reading ahead changes no frame, no order and no failure, and keeps to its bound. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ClipFrame } from "../../infra/clips/clip.ts"
import { readAhead } from "../../infra/clips/read-ahead.ts"

const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 })

describe("readAhead()", () => {
  it("gives the same frames in the same order, and holds no more than its bound and one frame", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 300 }), fc.boolean(), async (frameBytes, bytesMax, fails) => {
        let held = 0
        let heldMax = 0
        async function* source(): AsyncGenerator<ClipFrame> {
          for (const [index, size] of frameBytes.entries()) {
            held += size
            heldMax = Math.max(heldMax, held)
            yield { bytes: new Uint8Array(size).fill(index), capturedAtMs: index }
          }
          if (fails) throw new Error("broke off")
        }
        const seen: number[] = []
        const play = async () => {
          for await (const frame of readAhead(source(), bytesMax)) {
            held -= frame.bytes.length
            seen.push(frame.capturedAtMs)
          }
        }
        if (fails) await expect(play()).rejects.toThrow("broke off")
        else await play()
        expect(seen).toEqual(frameBytes.map((_, index) => index))
        expect(heldMax).toBeLessThanOrEqual(bytesMax + 2 * 50)
      })
    )
  })

  it("ends its source when the player stops early", async () => {
    let ended = false
    async function* source(): AsyncGenerator<ClipFrame> {
      try {
        for (let index = 0; ; index += 1) yield { bytes: new Uint8Array(10), capturedAtMs: index }
      } finally {
        ended = true
      }
    }
    for await (const frame of readAhead(source(), 100)) if (frame.capturedAtMs === 3) break
    expect(ended).toBe(true)
  })
})
