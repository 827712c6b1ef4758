/** The `edges` commands and their options; what they do is in `edges.ts`. */
import type { Command } from "commander"
import { dataFolder, language } from "./common-options.ts"

export function addEdgesCommands(program: Command): void {
  const edges = program.command("edges").description("The processes of a running server that read frames.")
  const edgesCommand = (usage: string) =>
    edges
      .command(usage)
      .addOption(dataFolder().default("var"))
      .option("--json", "print one JSON document and nothing else on standard output", false)
      .addOption(language())
  edgesCommand("list")
    .description("Conferences, load and step of each.")
    .action(async (options) => (await import("./edges.ts")).edges({ wish: "list" }, options))
  edgesCommand("add")
    .description("Start one more beside those that run.")
    .action(async (options) => (await import("./edges.ts")).edges({ wish: "add" }, options))
  edgesCommand("drain")
    .description("Hand its conferences to the others; it ends with the last.")
    .argument("<edge>", "its name, as the list says it")
    .action(async (edge, options) => (await import("./edges.ts")).edges({ wish: "drain", edge }, options))
}
