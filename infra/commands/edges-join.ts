/** `mimika edges join`: edges of this machine for a server on another one. */
import { existsSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { capacityOf, conferencesPerEdgeOf } from "../capacity/capacity.ts"
import { type AgentSettings, holdEdge } from "../edge/edge-agent.ts"
import { requireNamed, tlsCertificate } from "../gateway/tls.ts"
import { placeOf } from "./place.ts"

export interface JoinOptions extends Pick<AgentSettings, "name" | "host" | "decoder"> {
  readonly core: string
  readonly certificate: string
  readonly key: string
  readonly ca: string
  readonly port: number
  readonly edges: number
  /** Conferences of 1080p JPEG of each; 0 measures what a core of this machine bears. */
  readonly capacity: number
  readonly data: string
}

export async function joinCore(options: JoinOptions): Promise<void> {
  const { name, host, port, decoder, edges, data } = options
  const cannot = `Cannot join the server "${options.core}"`
  const core = placeOf(options.core)
  if (core === null) throw new Error(`${cannot}: it is no host and port. Write it as 10.0.0.5:7071`)
  const link = { certificateFile: options.certificate, keyFile: options.key, authorityFile: options.ca }
  const missing = Object.values(link).find((file) => !existsSync(file))
  if (missing !== undefined) throw new Error(`${cannot}: there is no file "${missing}". Name the right one`)
  const tls = await tlsCertificate(join(data, "tls"))
  requireNamed(tls, name)
  const notice = (line: string) => void process.stdout.write(`${line}\n`)
  const capacity = options.capacity === 0 ? conferencesPerEdgeOf(await capacityOf(data)) : options.capacity
  const settings: AgentSettings = { core, link, name, host, tls, decoder, capacity, notice }
  const count = edges === 0 ? availableParallelism() : edges
  notice(
    `Mimika reads frames on ${name} for ${options.core}: ${capacity} conferences of 1080p JPEG in each of ${count} edges. Stop with Ctrl+C`
  )
  const held = Array.from({ length: count }, (_, index) => holdEdge(settings, port === 0 ? 0 : port + index))
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      for (const { stop } of held) stop()
    })
  }
  await Promise.all(held.map(({ ended }) => ended))
  notice("Every edge has ended")
  process.exit(0)
}
