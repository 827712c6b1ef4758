/** The `edges` commands and their options; what they do is in `edges.ts`. */
import type { Command } from "commander"
import { dataFolder, decoder, edgeCapacity, language, wholeNumber } from "./common-options.ts"

export function addEdgesCommands(program: Command): void {
  const edges = program.command("edges").description("The processes of a running server that read frames.")
  const edgesCommand = (usage: string) =>
    edges
      .command(usage)
      .addOption(dataFolder().default("var"))
      .option("--json", "print one JSON document and nothing else on standard output", false)
      .addOption(language())
  edgesCommand("list")
    .description("Conferences, capacity, load and step of each.")
    .action(async (options) => (await import("./edges.ts")).edges({ wish: "list" }, options))
  const ordering = (usage: string) =>
    edgesCommand(usage).option("--reason <text>", "why; kept in the journal of operations", "edges")
  ordering("add")
    .description("Start one more beside those that run.")
    .action(async (options) => (await import("./edges.ts")).edges({ wish: "add" }, options))
  ordering("drain")
    .description("Hand its conferences to the others; it ends with the last.")
    .argument("<edge>", "its name, as the list says it")
    .action(async (edge, options) => (await import("./edges.ts")).edges({ wish: "drain", edge }, options))
  edges
    .command("join")
    .description("Read frames on this machine for a server on another one, until stopped or drained there.")
    .requiredOption("--core <host:port>", "the server's port for edges (serve --edge-port)")
    .requiredOption("--name <host>", "under which clients reach this machine; its certificate in <data>/tls names it")
    .requiredOption("--certificate <file>", "shown to the server, of the authority that it trusts for edges (PEM)")
    .requiredOption("--key <file>", "of that certificate (PEM)")
    .requiredOption("--ca <file>", "authority to trust for the server (PEM)")
    .option("--host <address>", "where streams are listened for", "127.0.0.1")
    .option(
      "--port <port>",
      "of the first edge, each further one takes the next; 0 takes any free ones",
      wholeNumber,
      0
    )
    .option("--edges <count>", "processes that read frames; 0 takes one per core", wholeNumber, 0)
    .addOption(edgeCapacity())
    .addOption(dataFolder().default("var"))
    .addOption(decoder())
    .action(async (options) => (await import("./edges-join.ts")).joinCore(options))
}
