/**
 * The master key in a file that only its owner may read, made at first use. It protects against a stolen journal or
 * backup, not against whoever can read this file; production puts a key service behind the same port.
 */
import { randomBytes } from "node:crypto"
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { Effect } from "effect"
import { keyBytes, unwrapKey, wrapKey } from "./key-wrap.ts"
import { type MasterKey, MasterKeyUnavailable } from "./master-key.ts"

const label = "mimika-master-key-1"
const purpose = "mimika key-encryption key"

export function fileMasterKey(path: string): MasterKey {
  const unavailable = (why: string, advice: string) => new MasterKeyUnavailable({ provider: path, why, advice })

  const read = Effect.try({
    try: () => {
      const { mode } = statSync(path)
      // Windows has no such bits; there the folder's access list decides.
      if (process.platform !== "win32" && (mode & 0o077) !== 0) {
        throw unavailable(
          `others may read the file (mode ${(mode & 0o777).toString(8)})`,
          `Run: chmod 600 "${path}", and think about who could have read it`
        )
      }
      const [found, encoded] = readFileSync(path, "utf8").trim().split(" ")
      const key = Buffer.from(encoded ?? "", "base64")
      if (found !== label || key.length !== keyBytes) {
        throw unavailable("the file holds no master key", "Put back the file that belongs to this key store")
      }
      return key
    },
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

  const make = Effect.try({
    try: () => makeFile(path),
    catch: (error) => unavailable((error as Error).message, "Check that the folder can be written")
  })

  return {
    wrap: (secret) => Effect.map(Effect.andThen(make, read), (key) => wrapKey(secret, key, purpose)),
    unwrap: (wrapped) =>
      Effect.flatMap(read, (key) =>
        Effect.try({
          try: () => unwrapKey(wrapped, key, purpose),
          catch: () =>
            unavailable("it is not the key this key store was made with", "Put back the file that belongs to it")
        })
      )
  }
}

/** Makes the file in one step, so that two first starts agree on one key and nobody sees half of it. */
function makeFile(path: string): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString("hex")}`
  const file = openSync(draft, "wx", 0o600)
  try {
    writeSync(file, `${label} ${randomBytes(keyBytes).toString("base64")}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  } finally {
    rmSync(draft)
  }
  if (process.platform === "win32") return
  const opened = openSync(folder, "r")
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
