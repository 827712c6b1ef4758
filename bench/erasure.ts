/**
 * What does it cost to erase one person among many? One subject with two streams among N subjects with two each, in the
 * embedded store; CPU of the whole erasure, and of its two parts that grow with N: wrapping all other keys anew, and
 * finding the person's streams. Budget: an operator's second, so at most 1 s of CPU among 5,000 subjects.
 *
 *     node bench/erasure.ts [subjects]
 */
import { rmSync } from "node:fs"
import process from "node:process"
import { Effect } from "effect"
import { SubjectKeys } from "../actors/erasure-ports.ts"
import { EventStore } from "../actors/event-store.ts"
import { Subjects } from "../actors/subjects.ts"
import { freshFolder } from "../test/server/core.ts"
import { withStores } from "../test/server/subject-rig.ts"

const subjectCount = Number(process.argv[2] ?? 5_000)
const erasures = 5
const subjectOf = (index: number) => `subject-${index}`

const cpuMs = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = process.cpuUsage()
    yield* work
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

const folder = freshFolder()
const measured = await withStores(
  folder,
  Effect.gen(function* () {
    const store = yield* EventStore
    const keys = yield* SubjectKeys
    const subjects = yield* Subjects
    for (let index = 0; index < subjectCount; index++) {
      const keyScope = { kind: "subject", subject: subjectOf(index) } as const
      const events = [{ type: "ConferenceEnded", at: index }]
      yield* store.appendAll(
        ["conference", "illustration"].map((kind) => {
          return { stream: `${kind}-${index}`, expectedVersion: 0, commandId: "1", keyScope, events }
        })
      )
    }
    const [whole, finding, wrapping]: number[][] = [[], [], []]
    for (let index = 0; index < erasures; index++) {
      const subject = subjectOf(index * 2)
      const { keyId } = (yield* keys.stateOf(subject))!
      finding!.push(yield* cpuMs(keys.streamsOf(keyId)))
      whole!.push(yield* cpuMs(subjects.erase({ subject, actor: "bench", purpose: "bench" })))
      wrapping!.push(yield* cpuMs(keys.destroy(subjectOf(index * 2 + 1))))
    }
    return { whole: median(whole!), finding: median(finding!), wrapping: median(wrapping!) }
  })
)
rmSync(folder, { recursive: true })
const { whole, finding, wrapping } = measured
process.stdout.write(
  `among ${subjectCount} subjects, median of ${erasures}, CPU: an erasure ${whole.toFixed(0)} ms; ` +
    `of it wrapping keys anew ${wrapping.toFixed(0)} ms, finding streams ${finding.toFixed(0)} ms\n`
)
