/**
 * `npm run faults`: the tests of what must survive, many times and with new seeds. Prints each round, and stops at the
 * first broken promise with the seed that repeats it.
 */
import process from "node:process"
import { Command } from "commander"
import { startServer } from "../server/core.ts"
import { surviveFuzz } from "../server/fuzz-rounds.ts"
import { surviveKills } from "../server/kill-rounds.ts"

const whole = (text: string) => Number.parseInt(text, 10)
const say = (line: string) => process.stdout.write(`${line}\n`)
const newSeed = () => Math.floor(Math.random() * 2_000_000_000)
const program = new Command("faults").description("Kill, fuzz and see what survives.")

program
  .command("kills", { isDefault: true })
  .description("SIGKILL a serving process in mid-conference, again and again.")
  .option("--kills <count>", "in all", whole, 200)
  .option("--each <count>", "within one conference", whole, 10)
  .option("--seed <seed>", "of the first conference", whole, newSeed())
  .action(async ({ kills, each, seed }) => {
    let [sent, acknowledged] = [0, 0]
    for (let killed = 0, round = 0; killed < kills; killed += each, round += 1) {
      const outcome = await surviveKills(seed + round, Math.min(each, kills - killed))
      sent += outcome.framesSent
      acknowledged += outcome.framesAcknowledged
      say(`seed ${seed + round}: ${Math.min(killed + each, kills)}/${kills} kills, ${JSON.stringify(outcome)}`)
    }
    say(
      `${kills} kills survived: ${sent} frames sent, ${acknowledged} acknowledged before a kill, none of them lost, none doubled`
    )
  })

program
  .command("fuzz")
  .description("Say nonsense on both sockets beside a witness.")
  .option("--rounds <count>", "", whole, 500)
  .option("--seed <seed>", "", whole, newSeed())
  .action(async ({ rounds, seed }) => {
    const server = await startServer()
    const each = 50
    for (let round = 0; round < rounds; round += each) {
      const said = await surviveFuzz(server, seed + round, Math.min(each, rounds - round))
      say(`seed ${seed + round}: ${said} messages`)
    }
    await server.stop()
    say(`${rounds} rounds survived`)
  })

program.parseAsync().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  }
)
