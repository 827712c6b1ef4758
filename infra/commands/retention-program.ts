/** The `retention` commands and their options; what they do is in `retention.ts`. */
import type { Command } from "commander"
import { defaultPeriods } from "../../machines/retention.ts"
import { dataFolder, journal, language, wholeNumber } from "./common-options.ts"

export function addRetentionCommands(program: Command): void {
  const retention = program
    .command("retention")
    .description("How long what is kept of clients and of operations is kept, and what is due.")
  const retentionCommand = (usage: string) =>
    retention
      .command(usage)
      .addOption(dataFolder().default("var"))
      .addOption(journal())
      .option("--json", "print one JSON document and nothing else on standard output", false)
      .addOption(language())

  retentionCommand("show")
    .description("Periods in force, what is due, and how old the last backup is.")
    .action(async (options) => (await import("./retention.ts")).showRetention(options))

  retentionCommand("set")
    .description("Keep what serves a purpose for so many days after the month in which it began.")
    .argument("<purpose>", Object.keys(defaultPeriods).join(", "))
    .argument("<days>", "whole days", wholeNumber)
    .requiredOption("--reason <text>", "why; kept in the journal of operations")
    .action(async (purpose, days, options) => (await import("./retention.ts")).setRetention(purpose, days, options))

  retentionCommand("run")
    .description("Destroy what is due now; a server does it by itself every day.")
    .option("--out <dir>", "where certificates and acts go")
    .action(async (options) => (await import("./retention.ts")).runRetention(options))
}
