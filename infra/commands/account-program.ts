/** The `account` commands and their options; what they do is in `account.ts`. */
import { type Command, Option } from "commander"
import { roles } from "../../actors/access.ts"
import { dataFolder, language } from "./common-options.ts"

export function addAccountCommands(program: Command): void {
  const account = program
    .command("account")
    .description("Accounts of a running server, for when no administrator can reach the page.")
  const accountCommand = (usage: string) =>
    account
      .command(usage)
      .addOption(dataFolder().default("var"))
      .option("--json", "print one JSON document and nothing else on standard output", false)
      .addOption(language())
  const load = () => import("./account.ts")

  accountCommand("list")
    .description("Who there is, with roles, briefing and open sessions.")
    .action(async (options) => (await load()).listAccounts(options))
  accountCommand("invite")
    .description("Make an account, or a new link for one that is there; prints the link, which enrols once.")
    .argument("<login>", "what the person signs in with")
    .option("--name <name>", "of the person; for a new account")
    .addOption(new Option("--role <role...>", "what the person may do; for a new account").choices(roles))
    .option("--team <team>", "whose reports a supervisor sees")
    .action(async (login, options) => (await load()).inviteAccount(login, options))
  accountCommand("brief")
    .description("Record that the person was briefed on security: without it nobody signs in.")
    .argument("<login>")
    .requiredOption("--by <name>", "who held the briefing")
    .option("--on <day>", "when it was held, such as 2026-11-24; by default today")
    .action(async (login, options) => (await load()).briefAccount(login, options))
  accountCommand("revoke")
    .description("Switch the account off and end its sessions; --restore switches it on again.")
    .argument("<login>")
    .option("--restore", "switch it on again", false)
    .action(async (login, options) => (await load()).revokeAccount(login, options))
  accountCommand("directory")
    .description("Link the account with a person of the bank's directory, who may then sign in through it.")
    .argument("<login>")
    .option("--subject <id>", "the directory's own stable id of the person (sub)")
    .option("--unlink", "with nobody any more; ends the account's sessions", false)
    .action(async (login, options) => (await load()).linkAccount(login, options))
}
