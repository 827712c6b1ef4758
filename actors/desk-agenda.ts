/**
 * The port to the conferences that are planned: what the bank's calendar puts into the exchange folder, and what managers make
 * by hand. Names and labels pass through here to the manager who leads the conference; they are kept only sealed.
 */
import { Context, type Effect } from "effect"
import type { BadEntry } from "../projections/console.ts"
import type { StoreUnavailable } from "./event-store.ts"

export interface AgendaEntry {
  /** Keyed fingerprint of the call's number: what the console calls it by. */
  readonly id: string
  /** The platform's own numbers. */
  readonly call: string
  readonly client: string
  /** What the bank calls the client for the manager; empty when it says nothing. */
  readonly clientLabel: string
  readonly contacts: readonly string[]
  readonly crmIds: readonly string[]
  readonly title: string
  /** Milliseconds since 1970. */
  readonly startsAt: number
  readonly source: "exchange" | "hand"
}

/** An entry that is kept here, and the conference that it became, if it did. */
export interface KeptEntry {
  readonly entry: AgendaEntry
  readonly subject: string
  readonly conference: string | null
}

export interface Planned {
  readonly entries: readonly AgendaEntry[]
  readonly badEntries: readonly BadEntry[]
}

/** What is kept of an entry is gone so long after it was to start, as the list of ended conferences goes back. */
export const agendaKeptMs = 30 * 24 * 3_600_000

export class Agenda extends Context.Service<
  Agenda,
  {
    /** Of a manager, by login: what the exchange folder says at this moment, and what was made by hand. */
    readonly of: (login: string) => Effect.Effect<Planned, StoreUnavailable>
    /** Keeps it sealed under the client's key, for this manager; the same id again takes its place. */
    readonly keep: (login: string, kept: KeptEntry) => Effect.Effect<void, StoreUnavailable>
    /** What is kept for a manager, without those whose client was erased. */
    readonly kept: (login: string) => Effect.Effect<readonly KeptEntry[], StoreUnavailable>
    /** One that is kept, by the fingerprint of its call, whoever's it is. */
    readonly find: (id: string) => Effect.Effect<KeptEntry | null, StoreUnavailable>
  }
>()("actors/Agenda") {}
