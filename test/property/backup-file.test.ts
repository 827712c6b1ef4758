/** The backup's format: what goes in comes out, and nothing that was touched opens. */
import { randomBytes } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { openBackup, writeBackup } from "../../infra/backup/backup-file.ts"
import { bundle, unbundle } from "../../infra/backup/file-bundle.ts"
import { freshFolder } from "../server/core.ts"

const root = freshFolder()
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0
const freshIn = () => {
  const folder = join(root, String(count++))
  mkdirSync(folder)
  return folder
}
const header = { holds: "journal", madeAt: 1, barCount: 0, wrappedKey: "" } as const
const key = randomBytes(32)

function read(path: string, withKey: Uint8Array = key): Buffer {
  const opened = openBackup(path)
  try {
    return Buffer.concat([...opened.plain(withKey)])
  } finally {
    opened.close()
  }
}

const sizes = fc.oneof(fc.nat(300), fc.constantFrom(1_048_575, 1_048_576, 1_048_577, 2_097_152))

describe("a backup file", () => {
  it("gives back the very bytes, however they were cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 4 }), (lengths) => {
        const path = join(freshIn(), "backup")
        const parts = lengths.map((length) => randomBytes(length))
        writeBackup(path, header, key, parts)
        expect(read(path).equals(Buffer.concat(parts))).toBe(true)
        rmSync(path)
      }),
      { numRuns: 20 }
    )
  })

  it("does not open when a byte was changed, an end is missing, something was added, or with another key", () => {
    const path = join(freshIn(), "backup")
    writeBackup(path, header, key, [randomBytes(1_048_576), randomBytes(1_048_576), randomBytes(100)])
    const whole = readFileSync(path)
    const refuses = (bytes: Buffer) => {
      writeFileSync(path, bytes)
      expect(() => read(path)).toThrow(/Cannot read the backup|JSON/)
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Buffer.from(whole)
        bytes[at]! ^= change
        refuses(bytes)
      }),
      { numRuns: 40 }
    )
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => refuses(whole.subarray(0, length))),
      { numRuns: 40 }
    )
    // A whole piece short: exactly at a boundary.
    const start = whole.indexOf("\n", 16) + 1
    refuses(whole.subarray(0, start + 2 * (4 + 1_048_576 + 16)))
    refuses(Buffer.concat([whole, Buffer.from([0])]))
    writeFileSync(path, whole)
    expect(() => read(path, randomBytes(32))).toThrow("made with other keys")
    expect(read(path).length).toBe(2 * 1_048_576 + 100)
  })
})

describe("a bundle", () => {
  it("brings back every file, empty ones and those that are full of line feeds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 999 }),
        (contents, cut) => {
          const [from, to] = [freshIn(), freshIn()]
          const names = contents.map((_, index) => `${"abcd"[index]}.sqlite`)
          for (const [index, content] of contents.entries()) {
            writeFileSync(join(from, names[index]!), index === 1 ? "\n".repeat(content.length) : content)
          }
          const all = Buffer.concat([...bundle(from, names)])
          const pieces = Array.from({ length: Math.ceil(all.length / cut) }, (_, index) =>
            all.subarray(index * cut, (index + 1) * cut)
          )
          expect(unbundle(pieces, to).map(({ name }) => name)).toEqual(names)
          for (const name of names)
            expect(readFileSync(join(to, name)).equals(readFileSync(join(from, name)))).toBe(true)
          expect(unbundle(pieces, null)).toHaveLength(names.length)
        }
      ),
      { numRuns: 60 }
    )
  })

  it("refuses a name that leads out of the folder, a file that differs, and an end in the middle", () => {
    const from = freshIn()
    writeFileSync(join(from, "a"), "abc")
    const all = Buffer.concat([...bundle(from, ["a"])])
    const edited = (from: string, to: string) => Buffer.from(all.toString("latin1").replace(from, to), "latin1")
    expect(() => unbundle([edited('"a"', '"../a"')], freshIn())).toThrow("a name that none has")
    expect(() => unbundle([edited("\nabc", "\nabd")], null)).toThrow("differs from what was put in")
    expect(() => unbundle([all.subarray(0, -1)], null)).toThrow("in the middle of a file")
    expect(readdirSync(root).length).toBeGreaterThan(0)
  })
})
