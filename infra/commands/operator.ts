/**
 * Whether whoever runs a command may. The table of doors says which permission it takes; where a server runs on the data folder, only its
 * operator has any, who alone can read the token of its door. Where none runs, the folder's own modes say who may.
 */
import { existsSync } from "node:fs"
import type { Command } from "commander"
import { commands } from "../../actors/doors.ts"
import { adminUrlFile } from "../gateway/admin-door.ts"
import { DoorRefused, doorOf } from "../subjects/subject-desk.ts"

/** Its words on the command line, such as `account list`. */
export function nameOf(command: Command): string {
  const { parent } = command
  return parent === null || parent.parent === null ? command.name() : `${nameOf(parent)} ${command.name()}`
}

/** The commands that can be run: those without commands of their own. */
export function commandsOf(command: Command): readonly string[] {
  return command.commands.flatMap((one) => (one.commands.length === 0 ? [nameOf(one)] : commandsOf(one)))
}

/** Rejects before anything was done: with a command that nobody listed, and with somebody whom the server does not know. */
export async function requireOperator(command: Command): Promise<void> {
  const name = nameOf(command)
  const needed = (commands as Readonly<Record<string, string>>)[name]
  if (needed === undefined) {
    throw new Error(`Cannot run "mimika ${name}": no permission is named for it. List it in actors/doors.ts`)
  }
  const { data } = command.opts() as { readonly data?: string }
  if (needed === "anybody" || data === undefined || !existsSync(adminUrlFile(data))) return
  const refused = (why: string) =>
    new Error(
      `Cannot run "mimika ${name}": it takes the permission "${needed}", and the server on "${data}" does not know you as its operator (${why}). Run it as the server's user`
    )
  const isClosed = (error: unknown) => ["EACCES", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")
  try {
    const answer = await doorOf(data)("/admin/hello", {})
    answer.resume()
  } catch (error) {
    // Too many at once is no leave either: whoever fills the door's bucket must not get past it.
    if ((error instanceof DoorRefused && [401, 429].includes(error.status)) || isClosed(error))
      throw refused((error as Error).message)
    // Nobody answers, or not as a server of ours does: the address is a dead server's, and the command says what it makes of that.
  }
}
