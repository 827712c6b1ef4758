/**
 * The file in which the bank's calendar names conferences: `<data>/exchange/conferences.json`, schema in docs/exchange.md. An
 * entry that cannot be taken is named by its place and field, never by its content, and the others are kept. Pure.
 */
import { Result, Schema } from "effect"
import type { BadEntry } from "../../projections/console.ts"

/** A bank's day in one file, many times over; what is beyond is refused with the file. */
export const fileBytesMax = 8 * 1024 * 1024
export const entriesMax = 20_000
export const exchangeFormat = "mimika-conferences-1"

const Id = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200))
const Words = Schema.String.check(Schema.isMaxLength(200))
/** With its offset from UTC: a time without one is another moment in every branch. */
const Moment = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/)
)

const Entry = Schema.Struct({
  call: Id,
  manager: Id,
  client: Schema.Struct({
    id: Id,
    name: Schema.optionalKey(Words),
    contacts: Schema.optionalKey(Schema.Array(Words).check(Schema.isMaxLength(20))),
    crmId: Schema.optionalKey(Id)
  }),
  title: Schema.optionalKey(Words),
  startsAt: Moment
})

export interface ExchangeEntry {
  readonly call: string
  readonly manager: string
  readonly client: string
  readonly clientLabel: string
  readonly contacts: readonly string[]
  readonly crmIds: readonly string[]
  readonly title: string
  readonly startsAt: number
}

/** `manager`: whom it was meant for, as far as that can be read. */
export interface BadExchangeEntry extends BadEntry {
  readonly manager: string | null
}

export type ExchangeFile =
  | { readonly ok: true; readonly entries: readonly ExchangeEntry[]; readonly bad: readonly BadExchangeEntry[] }
  /** Nothing of it can be used; what was read before stays in force. */
  | { readonly ok: false; readonly bad: BadEntry }

/** A fault of the whole file. */
export const badFile = (fault: BadEntry["fault"], why: string): BadEntry => {
  return { entryIndex: null, fault, field: null, why: `Cannot read the file of conferences: ${why}` }
}
const refused = (fault: BadEntry["fault"], why: string): ExchangeFile => ({ ok: false, bad: badFile(fault, why) })

export function parseConferenceFile(text: string): ExchangeFile {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refused("notJson", "it is not JSON. Write it under another name and rename it when it is complete")
  }
  const { format, conferences } = (json ?? {}) as { readonly format?: unknown; readonly conferences?: unknown }
  if (format !== exchangeFormat) return refused("wrongFormat", `its "format" is not "${exchangeFormat}". Set it`)
  if (!Array.isArray(conferences)) return refused("noList", '"conferences" is no list. Make it one')
  if (conferences.length > entriesMax)
    return refused("tooMany", `it names more than ${entriesMax} conferences. Leave out past ones`)
  const entries: ExchangeEntry[] = []
  const bad: BadExchangeEntry[] = []
  const calls = new Set<string>()
  for (const [entryIndex, item] of conferences.entries()) {
    const read = entryOf(item)
    const refuse = (fault: "field" | "repeatedCall", field: string, why: string) =>
      bad.push({ entryIndex, fault, field, why, manager: managerOf(item) })
    if (typeof read === "string") {
      refuse("field", read, `"${read}" is missing or is not as docs/exchange.md says. Correct it`)
    } else if (calls.has(read.call)) {
      refuse("repeatedCall", "call", '"call" stands in an earlier entry too. Give every call a number of its own')
    } else {
      calls.add(read.call)
      entries.push(read)
    }
  }
  return { ok: true, entries, bad }
}

/** The entry, or which field is wrong. */
function entryOf(item: unknown): ExchangeEntry | string {
  const decoded = Schema.decodeUnknownResult(Entry)(item)
  if (Result.isFailure(decoded)) {
    const field = /\["[^\n]*/.exec(String(decoded.failure.message))?.[0]
    return field === undefined ? "entry" : field.replaceAll('"]["', ".").replace(/^\["|"\].*$/g, "")
  }
  const { call, manager, client, title, startsAt } = decoded.success
  const at = Date.parse(startsAt)
  if (Number.isNaN(at)) return "startsAt"
  return {
    call,
    manager,
    client: client.id,
    clientLabel: client.name ?? "",
    contacts: client.contacts ?? [],
    crmIds: client.crmId === undefined ? [] : [client.crmId],
    title: title ?? "",
    startsAt: at
  }
}

function managerOf(item: unknown): string | null {
  const manager = (item as { readonly manager?: unknown } | null)?.manager
  return typeof manager === "string" ? manager : null
}
