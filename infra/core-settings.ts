/** What a core is told when it starts, and what it then says of itself. It starts none: `core.ts` does. */
import type { Context } from "effect"
import type { Conferences } from "../actors/conferences.ts"
import type { CodecWeights } from "../actors/edge-room.ts"
import type { Codec } from "../machines/wire.ts"
import type { StaffDirectorySettings } from "./access/staff-directory-settings.ts"
import type { WitnessPlace } from "./audit/witness-client.ts"
import type { Console, ConsoleSettings } from "./console/console.ts"
import type { EdgeView } from "./edge/edge-processes.ts"
import type { SecuritySettings } from "./security/tell-security-events.ts"

export interface CoreSettings {
  /** Journal, keys, certificate and access token. */
  readonly dataFolder: string
  /** A PostgreSQL journal; without it the embedded one in the data folder. */
  readonly journalUrl?: string | undefined
  /** Who cosigns the log of the journal. */
  readonly witnesses?: readonly WitnessPlace[]
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Under which clients reach this machine; without it the host. */
  readonly name?: string | undefined
  /** Whose addresses may come in at the platform's door and at edges, as `10.0.0.0/8`; none named: everybody who reaches them. */
  readonly networks?: readonly string[]
  /** Where edges of other machines join, and whose certificates they show (PEM); without it none do. */
  readonly edgeDoor?: { readonly port: number; readonly authorityFile: string } | undefined
  /** Authority (PEM) whose certificate the platform must show at its door; without it the access token alone counts. */
  readonly platformAuthorityFile?: string | undefined
  /** Without it there are no pages. */
  readonly console?: ConsoleSettings | undefined
  /** 0 starts one per core of the machine. */
  readonly edges: number
  /** Of 1080p JPEG, as measured or as the operator says. */
  readonly conferencesPerEdge?: number | undefined
  /** What a conference of each codec weighs beside it, as measured. */
  readonly weights?: CodecWeights | undefined
  readonly decoder: "auto" | "native" | "wasm"
  /** Offered where this machine decodes them; without it all. */
  readonly codecs?: readonly Codec[] | undefined
  /** The bank's own directory of staff, for signing in; without it the other ways remain. */
  readonly staffDirectory?: StaffDirectorySettings | null
  /** Who else hears what the journal of operations records. */
  readonly security?: SecuritySettings | undefined
  /** A line for the operator. */
  readonly notice: (line: string) => void
}

export interface Core {
  /** Of the control door. */
  readonly url: string
  readonly gateway: string
  readonly accessToken: string
  readonly accessTokenFile: string
  readonly certificateFile: string
  /** SHA-256, to pin. */
  readonly fingerprint: string
  readonly edges: () => readonly EdgeView[]
  /** What frames may be. */
  readonly codecs: () => readonly Codec[]
  /** Where edges of other machines join; null: nowhere. */
  readonly edgePort: number | null
  /** Hands the edge's conferences to others, and ends it with the last; a string says why not. */
  readonly drainEdge: (edge: string) => string | null
  /** Starts one more edge and answers its name. */
  readonly addEdge: () => Promise<string>
  readonly conferences: Context.Service.Shape<typeof Conferences>
  readonly console: Console | null
  /** Paths of the sockets where the control door is. */
  readonly sockets: readonly string[]
  /** Conferences that an earlier stop interrupted and that go on. */
  readonly recoveredCount: number
}
