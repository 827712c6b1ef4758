/**
 * `mimika witness`: remembers what logs have claimed and cosigns only what continues it. To be run by somebody else, on
 * another machine; it knows nothing of conferences.
 */
import { join } from "node:path"
import process from "node:process"
import { formatVerifierKey } from "../../models/proof/signed-note.ts"
import { readVerifierKey } from "../audit/log-key.ts"
import { openWitness } from "../audit/witness.ts"
import { serveWitness } from "../audit/witness-server.ts"
import { tlsCertificate } from "../gateway/tls.ts"

export interface WitnessCommandOptions {
  readonly data: string
  readonly name: string
  readonly log: readonly string[]
  readonly host: string
  readonly port: number
}

export async function witness({ data, name, log, host, port }: WitnessCommandOptions): Promise<void> {
  const opened = openWitness({ folder: data, name, logs: log.map(readVerifierKey), nowMs: Date.now })
  const { certificateFile, keyFile } = await tlsCertificate(join(data, "tls"))
  const serving = await serveWitness(opened, { host, port, certificateFile, keyFile })
  process.stdout.write(
    `The witness ${name} serves on ${serving.url}\n  public key:   ${formatVerifierKey(opened.key)}\n` +
      `  certificate:  ${certificateFile}\n  checkpoints:  in ${data}\nStop with Ctrl+C\n`
  )
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      await serving.close()
      opened.close()
      process.exit(0)
    })
  }
}
