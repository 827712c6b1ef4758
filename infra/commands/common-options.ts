/** Options that several commands have, each written once. */
import { type Command, InvalidArgumentError, Option } from "commander"

export const wholeNumber = (text: string) => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("A whole number is needed.")
  return Number(text)
}
export const languages = ["ru", "en"] as const
export const language = () =>
  new Option("--lang <language>", "language of what is printed").choices(languages).default("ru")
export const dataFolder = () => new Option("--data <dir>", "where journal and keys live").env("MIMIKA_DATA")
/** An address may hold a password, so the environment is the better place for it. */
export const journal = () =>
  new Option(
    "--journal <url>",
    "a journal in PostgreSQL (postgres://…) or KurrentDB (kurrentdb://…) instead of the embedded one"
  ).env("MIMIKA_JOURNAL")
/** What stands in a process's arguments, everybody on the machine can read. */
export function refusePasswordInWords(command: Command): void {
  const address = command.getOptionValueSource("journal") === "cli" ? command.getOptionValue("journal") : undefined
  // By hand: the address of a cluster names several hosts, which no URL does.
  if (typeof address !== "string" || !/^[^:]+:\/\/[^@/]*:[^@/]+@/.test(address)) return
  throw new Error(
    "Cannot take the journal's address from \"--journal\": it holds a password, and everybody on this machine can read a process's arguments. Set MIMIKA_JOURNAL instead"
  )
}
export const decoder = () =>
  new Option("--decoder <which>", "JPEG decoder: the native library, or wasm")
    .choices(["auto", "native", "wasm"])
    .default("auto")
/** An option that may be given again for more. */
export const severalKeys = (line: string, before: readonly string[]) => [...before, line]
