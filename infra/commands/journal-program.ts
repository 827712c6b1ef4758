/** The `journal` commands and their options; what they do is in `journal-copy.ts`. */
import type { Command } from "commander"
import { dataFolder, language } from "./common-options.ts"

export function addJournalCommands(program: Command): void {
  program
    .command("journal")
    .description("Move the journal.")
    .command("copy")
    .description(
      "Copy the sealed journal and its proofs into another store: embedded, PostgreSQL or KurrentDB. Stop the server first; run again to go on after an interruption."
    )
    .requiredOption("--from <place>", "a data folder, postgres://… or kurrentdb://…")
    .requiredOption(
      "--to <place>",
      "a data folder, postgres://… or kurrentdb://…; empty, or an earlier copy of the same journal"
    )
    .option("--key <key>", "the log's public key, or a file with it; by default the one in the data folder")
    .addOption(dataFolder())
    .option("--json", "print one JSON document and nothing else on standard output", false)
    .addOption(language())
    .action(async (options) => (await import("./journal-copy.ts")).journalCopy(options))
}
