/** A small public file that is whole and on disk, with its name, when this returns. It keeps no secret: the mode lets everybody read. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"

export function writeWhole(folder: string, name: string, content: string): void {
  const whole = join(folder, `${name}.new`)
  const file = openSync(whole, "w", 0o644)
  writeSync(file, content)
  fsyncSync(file)
  closeSync(file)
  renameSync(whole, join(folder, name))
  if (process.platform === "win32") return
  const opened = openSync(folder, "r")
  fsyncSync(opened)
  closeSync(opened)
}
