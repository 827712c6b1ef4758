/** Options that several commands have, each written once. */
import { type Command, InvalidArgumentError, Option } from "commander"
import { conferencesMax } from "../../actors/edge-room.ts"
import { type Codec, codecs, isEncoded } from "../../machines/wire.ts"

export const wholeNumber = (text: string) => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("A whole number is needed.")
  return Number(text)
}
/** Of `serve` and `edges join`: each machine says it of its own edges. */
export const edgeCapacity = () =>
  new Option(
    "--capacity <count>",
    "conferences of 1080p JPEG of each edge; others count as they cost; 0 measures what this machine bears"
  )
    .default(0)
    .argParser((text) => {
      const count = wholeNumber(text)
      if (count > conferencesMax) throw new InvalidArgumentError(`An edge has at most ${conferencesMax}.`)
      return count
    })
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
/** How the bank's own directory of staff is reached. Its client secret has no option: a file or MIMIKA_DIRECTORY_SECRET holds it. */
export const staffDirectory = (command: Command) =>
  command
    .addOption(
      new Option("--directory-issuer <url>", "people also sign in through this OpenID Connect issuer").env(
        "MIMIKA_DIRECTORY_ISSUER"
      )
    )
    .addOption(new Option("--directory-client <id>", "our id there").env("MIMIKA_DIRECTORY_CLIENT"))
    .addOption(
      new Option("--directory-secret-file <file>", "our secret there; or set MIMIKA_DIRECTORY_SECRET").env(
        "MIMIKA_DIRECTORY_SECRET_FILE"
      )
    )
    .addOption(new Option("--directory-ca <file>", "authority to trust for it (PEM)").env("MIMIKA_DIRECTORY_CA"))
    .addOption(
      new Option("--directory-amr <values>", "values of amr that prove a second factor, such as mfa").env(
        "MIMIKA_DIRECTORY_AMR"
      )
    )
    .addOption(
      new Option("--directory-acr <values>", "values of acr that do, and are asked for; else ours follows").env(
        "MIMIKA_DIRECTORY_ACR"
      )
    )
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
/** Pictures are taken from everybody; what is named beside them is encoded video. */
export const codecList = (line: string): readonly Codec[] => {
  const named = line.split(",").map((name) => name.trim())
  const unknown = named.filter((name) => !(codecs as readonly string[]).includes(name))
  if (unknown.length > 0) throw new InvalidArgumentError(`Of ${codecs.join(", ")}, separated by commas.`)
  return codecs.filter((codec) => !isEncoded(codec) || named.includes(codec))
}
export const offeredCodecs = () =>
  new Option(
    "--codecs <list>",
    "what frames may be: jpeg and gray8 always, h264 and vp8 where this machine decodes them"
  )
    .env("MIMIKA_CODECS")
    .argParser(codecList)
    .default(codecs, codecs.join(","))
/** An option that may be given again for more. */
export const severalKeys = (line: string, before: readonly string[]) => [...before, line]
