/** The `audit` commands and their options; what they do is in `audit.ts` and `audit-report.ts`. */
import process from "node:process"
import { type Command, Option } from "commander"
import { dataFolder, journal, language, severalKeys, wholeNumber } from "./common-options.ts"

export function addAuditCommands(program: Command): void {
  const audit = program
    .command("audit")
    .description("Prove what the journal says, to somebody who does not trust the server.")

  audit
    .command("verify")
    .description(
      "Recompute the whole log from the journal, also beside a running server; exit 1 when anything does not fit."
    )
    .addOption(dataFolder().default("var"))
    .addOption(journal())
    .option("--key <key>", "the log's public key, or a file with it; by default the one in the folder")
    .option("--witness <key>", "a witness that must have cosigned; again for more", severalKeys, [])
    .option("--checkpoint <file...>", "checkpoints kept elsewhere that today's log must continue", severalKeys, [])
    .option("--json", "print one JSON document and nothing else on standard output", false)
    .addOption(language())
    .action(async (options) => process.exit(await (await import("./audit.ts")).auditVerify(options)))

  audit
    .command("proof")
    .description("Write the proof of the sealed commit that holds an event of a conference.")
    .argument("<conference>", "its id")
    .argument("<version>", "of the event: its number in the conference, from 1", wholeNumber)
    .requiredOption("--out <file>", "where the proof goes; such files end in .tlog-proof")
    .option("--key <key>", "the log's public key, or a file with it; by default the one in the folder")
    .addOption(dataFolder().default("var"))
    .addOption(journal())
    .addOption(language())
    .action(async (conference, version, options) =>
      (await import("./audit.ts")).auditProof(conference, version, options)
    )

  audit
    .command("check")
    .description("Check a proof file with public keys and nothing else.")
    .argument("<file>", "a .tlog-proof")
    .requiredOption("--key <key>", "the log's public key, or a file with it")
    .option("--witness <key>", "a witness that must have cosigned; again for more", severalKeys, [])
    .option("--json", "print one JSON document and nothing else on standard output", false)
    .addOption(language())
    .action(async (file, options) => (await import("./audit.ts")).auditCheck(file, options))

  audit
    .command("report")
    .description("Operations, erasures, consents, sign-ins, gaps and keys of a stretch of time, as a page or JSON.")
    .addOption(dataFolder().default("var"))
    .addOption(journal())
    .option("--from <day>", "the first day or moment; by default the beginning")
    .option("--to <day>", "the day or moment after the last; by default now")
    .option("--json", "one JSON document instead of the page", false)
    .option("--out <file>", "where it goes; by default standard output")
    .option("--reason <text>", "why; kept in the journal of operations", "audit")
    .addOption(language())
    .action(async (options) => (await import("./audit-report.ts")).auditReport(options))

  audit
    .command("export")
    .description(
      "Write the log as static files (checkpoint, tiles, entries) that any file server can serve to monitors."
    )
    .addOption(dataFolder().default("var"))
    .addOption(journal())
    .requiredOption("--out <dir>", "a new folder")
    .addOption(language())
    .action(async (options) => (await import("./audit.ts")).auditExport(options))

  audit
    .command("replace-key")
    .description(
      "Replace the key that signs the log: the old one says in the log itself which follows it. Stop the server first."
    )
    .addOption(dataFolder().default("var"))
    .addOption(journal())
    .requiredOption("--reason <text>", "why; kept in the journal of operations")
    .addOption(language())
    .action(async (options) => (await import("./audit.ts")).auditReplaceKey(options))

  audit
    .command("tamper")
    .description("Forge a copy of a journal, to see verify fail. The journal itself is only read.")
    .addOption(dataFolder().default("var"))
    .requiredOption("--out <dir>", "a new folder for the forged copy")
    .addOption(
      new Option("--how <forgery>", "flip a bit, cut the newest commits, exchange two, slip one in, or sign anew")
        .choices(["flip", "cut", "reorder", "insert", "resign"])
        .default("flip")
    )
    .action(async (options) => (await import("./audit.ts")).auditTamper(options))
}
