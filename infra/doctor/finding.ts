/** What the doctor looks at and says: a level, and plain words in both languages. */
import { statSync } from "node:fs"
import type { StaffDirectoryOptions } from "../access/staff-directory-settings.ts"

export type Level = "good" | "warning" | "bad"

export interface Finding {
  /** A word for programs. */
  readonly check: string
  readonly level: Level
  readonly ru: string
  readonly en: string
}

export interface Place {
  readonly data: string
  /** Address of a journal in PostgreSQL or KurrentDB instead of the embedded one. */
  readonly postgres: string | undefined
  /** How the bank's directory is reached, for signing in; without it it is not used. */
  readonly staffDirectory?: StaffDirectoryOptions
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Permissions of a file, the last nine bits. */
export const modeOf = (path: string) => statSync(path).mode & 0o777
export const octal = (mode: number) => mode.toString(8).padStart(4, "0")
export const good = (check: string, ru: string, en: string): Finding => ({ check, level: "good", ru, en })
