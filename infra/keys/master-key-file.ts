/**
 * The master key in a file that only its owner may read, made at first use. It protects against a stolen journal or
 * backup, not against whoever can read this file; production puts a key service behind the same port.
 */
import { randomBytes } from "node:crypto"
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from "node:fs"
import { dirname } from "node:path"
import { Effect } from "effect"
import { lockFile } from "../journal/sqlite.ts"
import { keyBytes, unwrapKey, wrapKey } from "./key-wrap.ts"
import { type MasterKey, MasterKeyUnavailable } from "./master-key.ts"

const label = "mimika-master-key-1"
const purpose = "mimika key-encryption key"
/** Keys in the file: one, and one more for each replacement that was cut short since the last that was not. */
const keysMax = 16

export function fileMasterKey(path: string): MasterKey {
  const unavailable = (why: string, advice: string) => new MasterKeyUnavailable({ provider: path, why, advice })
  const unwritable = (error: unknown) =>
    error instanceof MasterKeyUnavailable
      ? error
      : unavailable((error as Error).message, "Check that the folder can be written")

  const readKeys = (): readonly Buffer[] => {
    const { mode } = statSync(path)
    // Windows has no such bits; there the folder's access list decides.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw unavailable(
        `others may read the file (mode ${(mode & 0o777).toString(8)})`,
        `Run: chmod 600 "${path}", and think about who could have read it`
      )
    }
    return readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => {
        const [found, encoded] = line.split(" ")
        const key = Buffer.from(encoded ?? "", "base64")
        if (found === label && key.length === keyBytes) return key
        throw unavailable("the file holds no master key", "Put back the file that belongs to this key store")
      })
  }
  /** The key in force comes first. */
  const read = Effect.try({
    try: readKeys,
    catch: (error) => {
      if (error instanceof MasterKeyUnavailable) return error
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT"
      return missing
        ? unavailable(
            "the file is not there, but the key store was made with it",
            "Put it back; without it nothing can be read"
          )
        : unavailable((error as Error).message, "Check the file and its folder")
    }
  })

  const make = Effect.try({ try: () => makeFile(path), catch: unwritable })

  const takeLock = Effect.try({
    try: () => {
      const lock = lockFile(`${path}.lock`)
      if (lock !== undefined) return lock
      throw unavailable("another process replaces it at this moment", "Try again")
    },
    catch: unwritable
  })
  const addKey = Effect.try({
    try: () => {
      const keys = [randomBytes(keyBytes), ...readKeys()]
      if (keys.length <= keysMax) return replaceFile(path, keys)
      throw unavailable(`it could not be replaced ${keysMax - 1} times`, "Check the key store's disk, then try again")
    },
    catch: unwritable
  })
  const dropOldKeys = Effect.try({ try: () => replaceFile(path, readKeys().slice(0, 1)), catch: unwritable })

  return {
    wrap: (secret) => Effect.map(Effect.andThen(make, read), ([key]) => wrapKey(secret, key!, purpose)),
    unwrap: (wrapped) =>
      Effect.flatMap(read, (keys) => {
        for (const key of keys) {
          try {
            return Effect.succeed(unwrapKey(wrapped, key, purpose))
          } catch {
            // Wrapped by another of them.
          }
        }
        return Effect.fail(
          unavailable("it is not the key this key store was made with", "Put back the file that belongs to it")
        )
      }),
    replacing: (steps) =>
      Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.acquireRelease(takeLock, (lock) => Effect.sync(() => lock.close()))
          yield* addKey
          const answer = yield* steps
          yield* dropOldKeys
          return answer
        })
      )
  }
}

const textOf = (keys: readonly Buffer[]) => keys.map((key) => `${label} ${key.toString("base64")}\n`).join("")

/** Makes the file in one step, so that two first starts agree on one key and nobody sees half of it. */
function makeFile(path: string): void {
  if (existsSync(path)) return
  const draft = writeDraft(path, [randomBytes(keyBytes)])
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  } finally {
    rmSync(draft)
  }
  syncFolder(dirname(path))
}

/** Other keys in the file, in one step; the bytes of the old file are overwritten as far as the disk lets one. */
function replaceFile(path: string, keys: readonly Buffer[]): void {
  const old = openSync(path, "r+")
  try {
    renameSync(writeDraft(path, keys), path)
    syncFolder(dirname(path))
    writeSync(old, Buffer.alloc(statSync(path).size + keysMax * 128), 0, undefined, 0)
    fsyncSync(old)
  } finally {
    closeSync(old)
  }
}

function writeDraft(path: string, keys: readonly Buffer[]): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString("hex")}`
  const file = openSync(draft, "wx", 0o600)
  try {
    writeSync(file, textOf(keys))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return draft
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return
  const opened = openSync(folder, "r")
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
