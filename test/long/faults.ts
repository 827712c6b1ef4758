/**
 * `npm run faults`: what must survive, at length and with new seeds. Prints each round, and stops at the first broken promise
 * with the seed that repeats it. Without a name all of them run, one after the other.
 */
import { execFileSync } from "node:child_process"
import process from "node:process"
import { Command } from "commander"
import { startPostgres } from "../postgres.ts"
import { surviveBriefFuzz } from "../server/brief-fuzz.ts"
import { startServer } from "../server/core.ts"
import { type FaultOutcome, surviveFullDisk, surviveRestarts, surviveWriterKills } from "../server/fault-rounds.ts"
import { surviveFuzz } from "../server/fuzz-rounds.ts"
import { surviveHttpFuzz } from "../server/http-fuzz.ts"
import { seeded, surviveKills } from "../server/kill-rounds.ts"
import { assertNothingLeft, leftoversOf } from "../server/leftovers.ts"

const whole = (text: string) => Number.parseInt(text, 10)
const say = (line: string) => process.stdout.write(`${line}\n`)
const newSeed = () => Math.floor(Math.random() * 2_000_000_000)
const program = new Command("faults").description("Kill, restart, fill, set back, fuzz, and see what survives.")

/** SIGKILL a serving process in mid-conference, again and again. */
async function kills(kills: number, each: number, seed: number, steppingClock: boolean): Promise<void> {
  let [sent, acknowledged] = [0, 0]
  for (let killed = 0, round = 0; killed < kills; killed += each, round += 1) {
    const outcome = await surviveKills(seed + round, Math.min(each, kills - killed), steppingClock)
    sent += outcome.framesSent
    acknowledged += outcome.framesAcknowledged
    say(`seed ${seed + round}: ${Math.min(killed + each, kills)}/${kills} kills, ${JSON.stringify(outcome)}`)
  }
  say(
    `${kills} kills survived${steppingClock ? " under a clock that steps back" : ""}: ${sent} frames sent, ` +
      `${acknowledged} acknowledged before a kill, none of them lost, none doubled`
  )
}

const sayOutcome = (what: string, { events, faults, refusals }: FaultOutcome) =>
  say(
    `${faults} ${what} survived: ${events} events, none lost, none doubled; ${refusals} appends were refused and repeated`
  )

async function writerKills(count: number, seed: number): Promise<void> {
  const every = (store: string) => (kill: number) => void (kill % 20 === 0 && say(`${store}: ${kill}/${count} kills`))
  sayOutcome("kills of a writer (embedded)", await surviveWriterKills(null, count, seeded(seed), every("embedded")))
  const server = await startPostgres({ fsync: true })
  const url = await server.freshDatabase()
  sayOutcome("kills of a writer (PostgreSQL)", await surviveWriterKills(url, count, seeded(seed), every("PostgreSQL")))
  await server.stop()
}

async function restarts(minutes: number, everySeconds: number): Promise<void> {
  const server = await startPostgres({ fsync: true })
  const count = Math.ceil((minutes * 60) / everySeconds)
  const options = { restarts: count, everyMs: everySeconds * 1000, streams: 8 }
  const outcome = await surviveRestarts(
    server,
    options,
    (restart) => void (restart % 10 === 0 && say(`${restart}/${count} restarts`))
  )
  sayOutcome("restarts and crashes of PostgreSQL under load", outcome)
  await server.stop()
}

async function fullDisk(times: number): Promise<void> {
  for (const mayMount of [true, false]) {
    const { kind, ...outcome } = await surviveFullDisk(times, mayMount)
    sayOutcome(`times of ${kind}`, outcome)
  }
}

/** Ends with no crash and nothing left behind, or with an error and the seed that repeats it. */
async function fuzz(rounds: number, seed: number): Promise<void> {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim()
  const server = await startServer({ console: true })
  say(`commit ${commit}, Node ${process.versions.node}, gateway ${server.core.gateway}`)
  const each = 50
  // What is compiled and cached once is no leak.
  await surviveFuzz(server, seed - 1, each)
  await surviveHttpFuzz(server, seed - 1, each)
  surviveBriefFuzz(seed - 1, each)
  const before = leftoversOf(server)
  let messages = 0
  for (let round = 0; round < rounds; round += each) {
    const said = await surviveFuzz(server, seed + round, Math.min(each, rounds - round))
    messages += said
    say(`seed ${seed + round}: ${said} messages`)
  }
  const requests = await surviveHttpFuzz(server, seed, rounds)
  say(`seed ${seed}: ${requests} requests over HTTP`)
  const prompts = 200 * rounds
  surviveBriefFuzz(seed, prompts)
  say(`seed ${seed}: ${prompts} prompts`)
  say(`left behind: ${await assertNothingLeft(server, before, rounds)}`)
  await server.stop()
  say(`${rounds} rounds survived: ${messages} messages, ${requests} requests, ${prompts} prompts, 0 crashes, 0 leaks`)
}

program
  .command("all", { isDefault: true })
  .description("Everything, at length.")
  .action(async () => {
    const seed = newSeed()
    await kills(200, 10, seed, false)
    await kills(20, 5, seed, true)
    await writerKills(200, seed)
    await restarts(10, 4)
    await fullDisk(10)
  })

program
  .command("kills")
  .description("SIGKILL a serving process in mid-conference, again and again.")
  .option("--kills <count>", "in all", whole, 200)
  .option("--each <count>", "within one conference", whole, 10)
  .option("--seed <seed>", "of the first conference", whole, newSeed())
  .action((options) => kills(options.kills, options.each, options.seed, false))

program
  .command("clock")
  .description("The same under a clock that steps, mostly backwards.")
  .option("--kills <count>", "in all", whole, 20)
  .option("--each <count>", "within one conference", whole, 5)
  .option("--seed <seed>", "of the first conference", whole, newSeed())
  .action((options) => kills(options.kills, options.each, options.seed, true))

program
  .command("writers")
  .description("SIGKILL a process that writes to the journal, at random moments, on both stores.")
  .option("--kills <count>", "on each store", whole, 200)
  .option("--seed <seed>", "", whole, newSeed())
  .action((options) => writerKills(options.kills, options.seed))

program
  .command("postgres")
  .description("Stop and crash PostgreSQL in turns under load.")
  .option("--minutes <count>", "", Number, 10)
  .option("--every <seconds>", "", Number, 4)
  .action((options) => restarts(options.minutes, options.every))

program
  .command("disk")
  .description("Fill the journal's disk under load, give room again, and see it go on.")
  .option("--times <count>", "", whole, 10)
  .action((options) => fullDisk(options.times))

program
  .command("fuzz")
  .description("Say nonsense on both sockets beside a witness, over HTTP to both doors, and to the brief's parser.")
  .option("--rounds <count>", "", whole, 500)
  .option("--seed <seed>", "", whole, newSeed())
  .action(({ rounds, seed }) => fuzz(rounds, seed))

program.parseAsync().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  }
)
