/**
 * `mimika subject export | erase | verify`: brings a wish about one person to the desk and writes what comes of it into
 * an empty folder that only its owner may read. It decides nothing.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect, Stream } from "effect"
import type { ExportRecord } from "../../actors/subjects.ts"
import { logging } from "../core.ts"
import type { Language } from "../report-table.ts"
import { makeExportDocument } from "../subjects/export-document.ts"
import { makeExportPage } from "../subjects/export-page.ts"
import { isSignedBy } from "../subjects/notary.ts"
import { osActor } from "../subjects/os-actor.ts"
import { proofFiles } from "../subjects/proof-files.ts"
import { openDesk, type SubjectDesk } from "../subjects/subject-desk.ts"

export interface SubjectOptions {
  readonly data: string
  readonly journal?: string
  readonly client?: string
  readonly subject?: string
  readonly reason: string
  readonly out: string
}

const say = (line: string) => process.stdout.write(`${line}\n`)

function askedFor({ client, subject, reason }: SubjectOptions) {
  if ((client === undefined) === (subject === undefined)) {
    throw new Error("Cannot tell whom this is about. Name the person by --client or by --subject, not both")
  }
  const who = client === undefined ? { subject: subject! } : { client }
  return { ...who, actor: osActor(), purpose: reason }
}

function makeEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`Cannot write to "${folder}": it is not empty. Name a new folder with --out`)
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

const atDesk = <A>(options: SubjectOptions, steps: (desk: SubjectDesk) => Effect.Effect<A, Error>) =>
  Effect.runPromise(
    Effect.flatMap(openDesk(options), steps).pipe(Effect.scoped, Effect.provide(logging)) as Effect.Effect<A, Error>
  )

export async function exportSubject(options: SubjectOptions & { readonly lang: Language }): Promise<void> {
  const request = askedFor(options)
  makeEmpty(options.out)
  const page = makeExportPage(options.lang)
  const text = makeExportDocument()
  const path = join(options.out, "export.json")
  const file = openSync(path, "wx", 0o600)
  const take = (record: ExportRecord) =>
    Effect.sync(() => {
      writeSync(file, text.take(record))
      page.take(record)
    })
  const copied = atDesk(options, (desk) => Stream.runForEach(desk.copyOf(request), take))
  await copied.catch((error) => {
    // Half a copy must not be taken for a whole one.
    rmSync(path)
    throw error
  })
  writeSync(file, text.finish())
  closeSync(file)
  writeFileSync(join(options.out, "export.html"), page.finish(), { mode: 0o600 })
  say(`Everything kept of the client is in ${options.out}: export.html to read, export.json with every event`)
  process.exit(0)
}

export async function eraseSubject(options: SubjectOptions): Promise<void> {
  const request = askedFor(options)
  makeEmpty(options.out)
  const proof = await atDesk(options, (desk) => desk.erase(request))
  for (const [name, { content }] of Object.entries(proofFiles(proof))) {
    writeFileSync(join(options.out, name), content, { mode: 0o600, flush: true })
  }
  say(`The person is erased. Certificate, act and journal extract are in ${options.out}`)
  say(`  pseudonym ${proof.subject}, which stands for nobody any more`)
  process.exit(0)
}

/** Needs neither server nor journal. The key must come from a trusted place: one beside the certificate proves nothing. */
export async function verifyCertificate(folder: string, { key }: { readonly key: string }): Promise<void> {
  const certificate = readFileSync(join(folder, "certificate.json"), "utf8")
  const signature = readFileSync(join(folder, "certificate.sig")).toString("base64")
  if (!isSignedBy(readFileSync(key, "utf8"), certificate, signature)) {
    throw new Error(
      `Cannot confirm the certificate in "${folder}": it was not signed with this key, or was changed since`
    )
  }
  const { subject, keyDestroyedAt } = JSON.parse(certificate) as { subject: string; keyDestroyedAt: string }
  say(`The certificate stands: everything kept of ${subject} was destroyed at ${keyDestroyedAt}`)
}
