/** What a socket's end says about its peer: which close codes are worth a security event, and in which words. It closes nothing. */
import { closeCodes } from "../../machines/wire.ts"

const abuses: Readonly<Record<number, string>> = {
  [closeCodes.flood]: "too many messages",
  [closeCodes.slowReader]: "a reader that does not read",
  1007: "text that is no text",
  1009: "a message that is too long"
}

/** Null: nothing that a well-behaved peer does not do too. */
export const abuseOf = (code: number): string | null => abuses[code] ?? null
