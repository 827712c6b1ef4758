/**
 * The command line: what can be asked for, and nothing else. Each command's work is in `infra/commands/`, loaded when it
 * is called, so that asking for help costs nothing.
 */
import process from "node:process"
import { Command, Option } from "commander"
import { addAccountCommands } from "./infra/commands/account-program.ts"
import { addAuditCommands } from "./infra/commands/audit-program.ts"
import {
  dataFolder,
  decoder,
  edgeCapacity,
  journal,
  language,
  languages,
  offeredCodecs,
  refusePasswordInWords,
  severalKeys,
  staffDirectory,
  wholeNumber
} from "./infra/commands/common-options.ts"
import { addEdgesCommands } from "./infra/commands/edges-program.ts"
import { addJournalCommands } from "./infra/commands/journal-program.ts"
import { addRetentionCommands } from "./infra/commands/retention-program.ts"

import { codecs } from "./machines/wire.ts"

/** The oldest Node that runs TypeScript as it is and has the SQLite this needs. */
const nodeMajorMin = 24
const isDeno = "Deno" in globalThis
const nodeMajor = Number(process.versions.node.split(".", 1)[0])
if (!isDeno && nodeMajor < nodeMajorMin) {
  process.stderr.write(
    `Cannot run on Node ${process.versions.node}: ${nodeMajorMin} or later is needed. ` +
      "Use the npm scripts (npm run mimika -- …), which bring their own\n"
  )
  process.exit(1)
}

export const program = new Command("mimika")
  .description("Reads a client's facial expression during a video conference, and draws honest pictures of yields.")
  .showHelpAfterError("(--help says what can be asked for)")
  .hook("preAction", async (_, command) => {
    refusePasswordInWords(command)
    await (await import("./infra/commands/operator.ts")).requireOperator(command)
  })

staffDirectory(program.command("serve"))
  .description("Serve until stopped, on loopback; print where.")
  .addOption(dataFolder().default("var"))
  .addOption(journal())
  .option("--host <address>", "where the platform and frames come in", "127.0.0.1")
  .option("--name <host>", "under which clients reach this machine, as its certificate has it (default: the host)")
  .option("--port <port>", "of the control door; 0 takes any free one", wholeNumber, 7070)
  .option("--platform-ca <file>", "the platform must show a certificate of this authority (PEM)")
  .option("--console-host <address>", "where people's pages are served", "127.0.0.1")
  .option("--console-port <port>", "of the console; 0 takes any free one", wholeNumber, 7443)
  .option("--allow <network...>", "networks that may come in, such as 10.0.0.0/8", [])
  .option("--edge-port <port>", "where edges of other machines join", wholeNumber)
  .option("--edge-ca <file>", "they must show a certificate of this authority (PEM)")
  .option("--no-console", "serve no pages")
  .option("--security-log <file>", "appends what an intrusion detection should hear, as JSON lines")
  .option(
    "--syslog <place>",
    "sends the same to a syslog listener (RFC 5424): HOST:PORT over UDP, tls://HOST:PORT over TLS"
  )
  .option(
    "--syslog-ca <file>",
    "over TLS, the listener must show a certificate of this authority (PEM; default: the system's)"
  )
  .option("--edges <count>", "processes that read frames; 0 takes one per core", wholeNumber, 0)
  .addOption(edgeCapacity())
  .addOption(offeredCodecs())
  .addOption(decoder())
  .addOption(new Option("--witness <url>", "hands each checkpoint to this witness to cosign").env("MIMIKA_WITNESS"))
  .addOption(new Option("--witness-key <key>", "its public key, or a file with it").env("MIMIKA_WITNESS_KEY"))
  .addOption(new Option("--witness-certificate <file>", "trusted for it alone").env("MIMIKA_WITNESS_CERTIFICATE"))
  .action(async (options) => (await import("./infra/commands/serve.ts")).serve(options))

program
  .command("demo")
  .description("Start a server, play a clip to it the way a conference platform would, and print the report.")
  .addOption(dataFolder())
  .option("--video <file>", "any file that an installed ffmpeg reads, instead of the shipped clip")
  .addOption(
    new Option("--codec <name>", "what the frames are; gray8 cannot be played")
      .choices(["jpeg", "h264", "vp8"])
      .default("jpeg")
  )
  .option("--edges <count>", "processes that read frames", wholeNumber, 1)
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .addOption(decoder())
  .addOption(language())
  .action(async (options) => (await import("./infra/commands/demo.ts")).demo(options))

program
  .command("analyze")
  .description("Read every frame of a clip offline: readings, probabilities, face boxes, and the report.")
  .argument("<file>", "a clip that an installed ffmpeg reads, or a JPEG picture")
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .addOption(decoder())
  .addOption(language())
  .action(async (file, options) => (await import("./infra/commands/analyze.ts")).analyze(file, options))

program
  .command("evaluate")
  .description("Hold the shipped net against labelled faces, photos or clips: F1, calibration, confusion, intervals.")
  .requiredOption("--data <dir>", "a folder per class: angry … surprise, or negative, neutral, positive")
  .option("--detect", "the files are photos and clips, not 48 x 48 faces", false)
  .option("--votes <file>", "judge by the majority of these FER+ votes (CSV) instead of by the folders")
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .addOption(decoder())
  .addOption(language())
  .action(async (options) => (await import("./infra/commands/evaluate.ts")).evaluate(options))

program
  .command("replay")
  .description("Rebuild a conference's states and report from the journal alone.")
  .argument("<conference>", "its id, as the demo and the platform are told it")
  .addOption(dataFolder().default("var"))
  .addOption(journal())
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .addOption(language())
  .option("--reason <text>", "why; kept in the journal of operations", "replay")
  .option("--at <time>", "the state at this moment instead, such as 2026-11-24T10:30:00Z")
  .option("--version <number>", "the state after this event instead, 1 for the first", wholeNumber)
  .addOption(
    new Option("--machine <name>", "with --at or --version: which")
      .choices(["conference", "illustration"])
      .default("conference")
  )
  .option("--picture <file>", "with --at or --version: write what the client saw then, as SVG")
  .action(async (conference, options) =>
    options.at === undefined && options.version === undefined
      ? (await import("./infra/commands/replay.ts")).replay(conference, options)
      : (await import("./infra/commands/replay-past.ts")).replayPast(conference, options)
  )

program
  .command("rebuild")
  .description("Fold stored projections from the whole journal again, and say what differs before they are used.")
  .argument("[projection]", "its name; all of them by default")
  .addOption(dataFolder().default("var"))
  .addOption(journal())
  .option("--dry-run", "only say what would differ", false)
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .action(async (projection, options) =>
    (await import("./infra/commands/rebuild.ts")).rebuildCommand(projection, options)
  )

program
  .command("load")
  .description(
    "Send real pictures from many clients and say how the server bore it; a server of its own, or a named one."
  )
  .option("--conferences <count>", "at once", wholeNumber, 4)
  .option("--fps <count>", "frames a second of each", wholeNumber, 30)
  .option("--seconds <count>", "how long", wholeNumber, 20)
  .addOption(new Option("--codec <name>", "what the frames are").choices(codecs).default("jpeg"))
  .option("--video <file>", "any file that an installed ffmpeg reads, instead of the shipped clip")
  .option("--url <url>", "of a server elsewhere, with --token and --certificate")
  .option("--token <file>", "its access token")
  .option("--certificate <file>", "its certificate")
  .option("--edges <count>", "of the server of its own; 0 takes one per core", wholeNumber, 0)
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .addOption(language())
  .action(async (options) => (await import("./infra/commands/load.ts")).load(options))

program
  .command("sizing")
  .description("Cores, memory, network and disk for so many conferences, from what this machine is measured to bear.")
  .argument(
    "[conferences...]",
    "how many; by default 50, 500 and 5000",
    (text: string, before: readonly number[] = []) => [...before, wholeNumber(text)]
  )
  .addOption(dataFolder().default("var"))
  .option("--again", "measure anew instead of remembering", false)
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .addOption(language())
  .action(async (conferences, options) =>
    (await import("./infra/commands/sizing.ts")).sizing(conferences ?? [], options)
  )

staffDirectory(program.command("doctor"))
  .description("Say what is unsafe or missing on this server, and how to mend it; exit 1 when something is unsafe.")
  .addOption(dataFolder().default("var"))
  .addOption(journal())
  .option("--conferences <count>", "say too what so many conferences take, as sizing does", wholeNumber)
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .addOption(language())
  .action(async (options) => (await import("./infra/commands/doctor.ts")).doctor(options))

program
  .command("consents")
  .description("List what clients can agree to, word for word, and the hash that a consent names.")
  .addOption(dataFolder().default("var"))
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .addOption(language())
  .action(async (options) => (await import("./infra/commands/consents.ts")).consents(options))

program
  .command("illustrate")
  .description("Draw an honest picture of products and yields from a prompt in Russian or English.")
  .argument("<prompt>", "such as «депозит 10 %, золото в ОМС 11 %, слитки 12 %»")
  .requiredOption("--out <dir>", "where the pictures go: PNG, SVG and an interactive page")
  .addOption(new Option("--scene <scene>", "what stands for the yields").choices(["trees", "coins", "skyline"]))
  .option("--seed <seed>", "another seed grows other trees of the same heights", wholeNumber)
  .addOption(new Option("--lang <language>", "of the picture; by default the prompt's").choices(languages))
  .option("--json", "print one JSON document and nothing else on standard output", false)
  .action(async (prompt, options) => {
    const { illustrateCommand } = await import("./infra/illustration/illustrate-command.ts")
    process.exit(await illustrateCommand(prompt, options))
  })

const subject = program.command("subject").description("What is kept of one client: hand it out, or erase it.")
const personCommand = (name: string) =>
  subject
    .command(name)
    .addOption(dataFolder().default("var"))
    .addOption(journal())
    .option("--client <id>", "the client's id at the platform or in the CRM")
    .option("--subject <pseudonym>", "or the pseudonym")
    .requiredOption("--reason <text>", "why; kept for good, so a letter's number and no name")
    .requiredOption("--out <dir>", "an empty folder for what comes of it")

personCommand("export")
  .description("Hand out everything kept of a client, as JSON and as a page to read.")
  .addOption(language())
  .action(async (options) => (await import("./infra/commands/subject.ts")).exportSubject(options))

personCommand("erase")
  .description("Destroy everything kept of a client, here and in every copy; write certificate and act.")
  .action(async (options) => (await import("./infra/commands/subject.ts")).eraseSubject(options))

subject
  .command("verify")
  .description("Check an erasure certificate, without server or journal.")
  .argument("<dir>", "where certificate.json and certificate.sig are")
  .requiredOption("--key <file>", "the public key, from a place that is trusted")
  .action(async (folder, options) => (await import("./infra/commands/subject.ts")).verifyCertificate(folder, options))

addAccountCommands(program)
addAuditCommands(program)
addEdgesCommands(program)
addJournalCommands(program)
addRetentionCommands(program)

program
  .command("witness")
  .description("Cosign the checkpoints of logs, and only what continues what was cosigned before. Run it elsewhere.")
  .requiredOption("--data <dir>", "where its key and the last checkpoints live")
  .requiredOption("--name <name>", "of the witness, such as audit.example.org/witness")
  .requiredOption("--log <key>", "public key of a log it answers, or a file with it; again for more", severalKeys, [])
  .option("--host <address>", "where it listens", "127.0.0.1")
  .option("--port <port>", "0 takes any free one", wholeNumber, 7071)
  .action(async (options) => (await import("./infra/commands/witness.ts")).witness(options))

program
  .command("backup")
  .description("Write an encrypted copy of the journal, beside a running server too, and read it back.")
  .argument("<file>", "a new file for journal and directory")
  .addOption(dataFolder().default("var"))
  .addOption(journal())
  .option("--keys <file>", "a new file for the key store; keep it apart, and only until the next erasure")
  .option("--reason <text>", "why; kept in the journal of operations", "backup")
  .action(async (file, options) => (await import("./infra/commands/backup.ts")).backup(file, options))

program
  .command("restore")
  .description("Bring a backup back into an empty folder; whoever was erased since stays erased.")
  .argument("<file>", "the journal's backup")
  .addOption(dataFolder().makeOptionMandatory())
  .addOption(journal())
  .requiredOption("--keys <path>", "the keys' backup, or a keys folder that survived")
  .requiredOption("--bars <file>", "the current bar list: bars/bars.jsonl of the server that ran last")
  .option("--master-key <file>", "the master key of the keys' backup, where it is a file")
  .option("--reason <text>", "why; kept in the journal of operations", "restore")
  .action(async (file, options) => (await import("./infra/commands/backup.ts")).restoreCommand(file, options))

/** A prompt that is a list begins with a dash and a space, which no option does. */
const words = process.argv.map((word) => (/^-\s/.test(word) ? ` ${word}` : word))

if (import.meta.main) {
  program.parseAsync(words).catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  })
}
