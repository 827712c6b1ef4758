/** Several files as one row of bytes: before each a line with name, size and SHA-256. Names are bare; a path is refused. */
import { createHash } from "node:crypto"
import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from "node:fs"
import { join } from "node:path"

const pieceBytes = 1024 * 1024
const lineBytesMax = 1024

export interface BundledFile {
  readonly name: string
  readonly sizeBytes: number
  readonly sha256: string
}

function* piecesOf(path: string): Generator<Buffer> {
  const file = openSync(path, "r")
  try {
    for (;;) {
      const piece = Buffer.alloc(pieceBytes)
      const bytes = readSync(file, piece)
      if (bytes === 0) return
      yield piece.subarray(0, bytes)
    }
  } finally {
    closeSync(file)
  }
}

/** In hexadecimal; the file may be larger than memory. */
export function sha256Of(path: string): string {
  const hash = createHash("sha256")
  for (const piece of piecesOf(path)) hash.update(piece)
  return hash.digest("hex")
}

const describe = (folder: string, name: string): BundledFile => ({
  name,
  sizeBytes: statSync(join(folder, name)).size,
  sha256: sha256Of(join(folder, name))
})

export function* bundle(folder: string, names: readonly string[]): Generator<Buffer> {
  for (const name of names) {
    yield Buffer.from(`${JSON.stringify(describe(folder, name))}\n`)
    yield* piecesOf(join(folder, name))
  }
}

/** Checks every file against its SHA-256, and writes it where a folder is given. Throws on the first that differs. */
export function unbundle(pieces: Iterable<Buffer>, folder: string | null): readonly BundledFile[] {
  const found: BundledFile[] = []
  let waiting: Buffer = Buffer.alloc(0)
  let current: { readonly entry: BundledFile; readonly file: number | null; left: number } | null = null
  let hash = createHash("sha256")

  const finish = () => {
    const { entry, file } = current!
    if (file !== null) {
      fsyncSync(file)
      closeSync(file)
    }
    if (hash.digest("hex") !== entry.sha256) throw new Error(`"${entry.name}" differs from what was put in`)
    found.push(entry)
    current = null
  }
  const begin = (line: string) => {
    const entry = JSON.parse(line) as BundledFile
    if (!/^[a-z][a-z.-]*$/.test(entry.name)) throw new Error("it holds a file with a name that none has")
    hash = createHash("sha256")
    const file = folder === null ? null : openSync(join(folder, entry.name), "wx", 0o600)
    current = { entry, file, left: entry.sizeBytes }
    if (entry.sizeBytes === 0) finish()
  }

  for (const piece of pieces) {
    waiting = Buffer.concat([waiting, piece])
    for (;;) {
      if (current === null) {
        const end = waiting.subarray(0, lineBytesMax).indexOf("\n")
        if (end < 0) break
        const line = waiting.toString("utf8", 0, end)
        waiting = waiting.subarray(end + 1)
        begin(line)
      } else {
        if (waiting.length === 0) break
        const open = current as { readonly file: number | null; left: number }
        const taken = waiting.subarray(0, Math.min(open.left, waiting.length))
        hash.update(taken)
        if (open.file !== null) writeSync(open.file, taken)
        open.left -= taken.length
        waiting = waiting.subarray(taken.length)
        if (open.left === 0) finish()
      }
    }
  }
  if (current !== null || waiting.length > 0) throw new Error("it ends in the middle of a file")
  return found
}
