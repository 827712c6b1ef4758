/**
 * Completes package-lock.json after an `npm install` behind a registry mirror that lacks some platforms' binaries: npm
 * leaves those optional packages out, and `npm ci` then refuses the lockfile everywhere ("Missing: ... from lock file").
 * Run `node scripts/complete-lockfile.ts`; it adds an entry for each, with version and platform and without a hash, and
 * changes nothing else. `--check` only says whether something is missing.
 */

import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly license?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const file = fileURLToPath(new URL("../package-lock.json", import.meta.url))
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Entry> }

/** Where Node would find a package from here: in the folder's own node_modules or one further up. */
function isLocked(from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in lock.packages) return true
    if (folder === "") return false
  }
}

const platform = /(?<os>android|darwin|freebsd|linux|win32)-(?<cpu>arm64|arm|ia32|x64)(?:-(?<libc>musl|glibc))?$/
const added: string[] = []
for (const [from, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(from, name)) continue
    const found = platform.exec(name)?.groups
    if (found === undefined || !/^\d/.test(version)) {
      throw new Error(`Cannot complete the lockfile: "${name}" ${version} names no platform. Add its entry by hand`)
    }
    added.push(name)
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [found.cpu],
      ...(entry.dev === true ? { dev: true } : {}),
      ...(found.libc === undefined ? {} : { libc: [found.libc] }),
      ...(entry.license === undefined ? {} : { license: entry.license }),
      optional: true,
      os: [found.os]
    } as Entry
  }
}

if (process.argv.includes("--check")) {
  if (added.length > 0) console.error(`package-lock.json lacks ${added.join(", ")}: run scripts/complete-lockfile.ts`)
  process.exitCode = added.length > 0 ? 1 : 0
} else if (added.length > 0) {
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([one], [other]) => (one === "" ? -1 : one.localeCompare(other, "en")))
  )
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`Added ${added.join(", ")}`)
}
