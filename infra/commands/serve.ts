/** `mimika serve`: starts the core, prints where it is, and serves until it is told to stop. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect } from "effect"
import { type CodecWeights, jpegWeight, weightsUnmeasured } from "../../actors/edge-room.ts"
import { type StaffDirectoryOptions, staffDirectoryOf } from "../access/staff-directory-settings.ts"
import { readVerifierKey } from "../audit/log-key.ts"
import type { WitnessPlace } from "../audit/witness-client.ts"
import { capacityOf, conferencesPerEdgeOf, rememberedCapacity, weightsOf } from "../capacity/capacity.ts"
import { logging, startCore } from "../core.ts"
import type { CoreSettings } from "../core-settings.ts"
import { fileModes } from "../doctor/checks.ts"
import { requireNamed, tlsCertificate } from "../gateway/tls.ts"
import { journalKindOf } from "../journal/journal.ts"
import { isEveryAddress, isLoopback, networksOf } from "../security/networks.ts"
import { type SyslogOptions, syslogOf } from "./syslog-options.ts"

const journalNames: Readonly<Record<string, string>> = { postgres: "PostgreSQL", kurrentdb: "KurrentDB" }

export interface ServeOptions
  extends Pick<CoreSettings, "host" | "port" | "edges" | "decoder" | "codecs">,
    StaffDirectoryOptions,
    SyslogOptions {
  readonly journal?: string
  /** Conferences of 1080p JPEG of each edge; 0 measures what a core of this machine bears. */
  readonly capacity: number
  readonly witness?: string
  readonly witnessKey?: string
  readonly witnessCertificate?: string
  /** Under which clients reach this machine. */
  readonly name?: string
  readonly platformCa?: string
  readonly edgePort?: number
  readonly edgeCa?: string
  readonly securityLog?: string
  readonly consolePort: number
  readonly consoleHost: string
  readonly allow: readonly string[]
  /** Commander's `--no-console`. */
  readonly console: boolean
}

/** The witness named, or none; half a witness is refused. */
function witnessesOf({ witness, witnessKey, witnessCertificate }: ServeOptions): readonly WitnessPlace[] {
  if (witness === undefined) return []
  const refused = (why: string) => new Error(`Cannot hand checkpoints to "${witness}": ${why}`)
  if (!witness.startsWith("https://")) throw refused("only https:// is spoken. Correct its address")
  if (witnessKey === undefined) throw refused("its public key is not given. Add --witness-key")
  return [{ url: witness, key: readVerifierKey(witnessKey), certificateFile: witnessCertificate }]
}

/** What an edge bears, and what a conference of each codec takes of it; a capacity that was given is no reason to measure. */
async function whatEdgesBear({ data, capacity }: ServeOptions) {
  const measured = capacity === 0 ? await capacityOf(data) : rememberedCapacity(data)
  const weights: CodecWeights = measured === null ? weightsUnmeasured : weightsOf(measured)
  return { conferencesPerEdge: capacity > 0 || measured === null ? capacity : conferencesPerEdgeOf(measured), weights }
}

/** Beyond this machine a door opens to those alone who are named: networks, and the platform by its certificate. */
function requireGuards({ host, name, platformCa, consoleHost, console: pages, allow }: ServeOptions): void {
  networksOf(allow)
  const refused = (what: string, why: string) => new Error(`Cannot serve ${what}: ${why}`)
  if (pages && !isLoopback(consoleHost) && allow.length === 0) {
    const why = "nobody has said which networks may open it. Name them with --allow, such as --allow 10.0.0.0/8"
    throw refused(`the console on "${consoleHost}"`, why)
  }
  if (isLoopback(host)) return
  if (platformCa === undefined) {
    throw refused(
      `on "${host}"`,
      "beyond this machine the platform shows a certificate. Name its authority with --platform-ca"
    )
  }
  if (allow.length === 0) {
    throw refused(
      `on "${host}"`,
      "nobody has said which networks may come in. Name them with --allow, such as --allow 10.0.0.0/8"
    )
  }
  if (isEveryAddress(host) && name === undefined) {
    throw refused(
      `on "${host}"`,
      "clients need one name for this machine. Give it with --name, as its certificate has it"
    )
  }
}

/** Where edges of other machines join, or nowhere; half of it is refused. */
function edgeDoorOf({ edgePort, edgeCa }: ServeOptions): CoreSettings["edgeDoor"] {
  if (edgePort === undefined && edgeCa === undefined) return undefined
  if (edgePort === undefined || edgeCa === undefined) {
    throw new Error("Cannot let edges of other machines join: --edge-port and --edge-ca go together. Give both")
  }
  return { port: edgePort, authorityFile: edgeCa }
}

export async function serve(options: ServeOptions): Promise<void> {
  const { data, journal, host, port, edges, decoder, codecs } = options
  const witnesses = witnessesOf(options)
  const staffDirectory = staffDirectoryOf(options)
  const security = { file: options.securityLog, syslog: await syslogOf(options) }
  requireGuards(options)
  const { name = host } = options
  const door = edgeDoorOf(options)
  if (!isLoopback(name)) requireNamed(await tlsCertificate(join(data, "tls")), name)
  const pages = { host: options.consoleHost, port: options.consolePort, networks: options.allow }
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const stopped = Effect.callback<NodeJS.Signals>((resume) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resume(Effect.succeed(signal)))
  })
  const modes = existsSync(data) ? fileModes({ data }) : null
  if (modes?.level === "bad") say(`Warning: ${modes.en}`)
  const { conferencesPerEdge, weights } = await whatEdgesBear(options)
  const program = Effect.gen(function* () {
    const place = { dataFolder: data, journalUrl: journal, host, port, name, platformAuthorityFile: options.platformCa }
    const core = yield* startCore({
      ...place,
      networks: isLoopback(host) ? [] : options.allow,
      edgeDoor: door,
      witnesses,
      security,
      staffDirectory,
      edges,
      conferencesPerEdge,
      weights,
      decoder,
      codecs,
      notice: say,
      ...(options.console ? { console: pages } : {})
    })
    const views = core.edges()
    say(`Mimika serves on ${core.url} (${core.gateway})`)
    say(`  edges:         ${views.length} (${[...new Set(views.map((edge) => edge.decoder))].join(", ")})`)
    const others = core.codecs().filter((codec) => codec !== "jpeg")
    const weighed = others.map((codec) => `${codec} counts as ${(weights[codec] / jpegWeight).toFixed(2)}`).join(", ")
    const conferences = conferencesPerEdge * views.length
    say(`  capacity:      ${conferences} conferences of 1080p JPEG, ${conferencesPerEdge} an edge (${weighed})`)
    if (core.edgePort !== null) say(`  joining:       edges of other machines, on port ${core.edgePort}`)
    say(`  codecs:        ${core.codecs().join(", ")}`)
    say(`  access token:  in ${core.accessTokenFile}`)
    say(`  certificate:   ${core.certificateFile}`)
    say(`                 SHA-256 ${core.fingerprint}`)
    say(`  journal:       ${journalNames[journalKindOf(journal)] ?? `in ${data}`}`)
    say(`  keys:          in ${data}/keys`)
    for (const { url, key } of witnesses) say(`  witness:       ${key.name} at ${url}`)
    if (staffDirectory !== null) say(`  directory:     ${staffDirectory.issuer.href}, for signing in`)
    if (core.recoveredCount > 0) say(`  ${core.recoveredCount} interrupted conferences wait for their clients`)
    if (core.console !== null) say(`  console:       ${core.console.url}`)
    if (core.console?.firstEnrolment) {
      say("Nobody can sign in yet. The first administrator enrols here, once, within four days:")
      say(`  ${core.console.firstEnrolment}`)
    }
    say("Stop with Ctrl+C")
    const signal = yield* stopped
    say(`Stopping (${signal}) …`)
  })
  await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(logging)))
  process.exit(0)
}
