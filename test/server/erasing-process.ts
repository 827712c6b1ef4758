/** Erases one person without a server, and says when it begins, so that it can be killed in the middle. Arguments: folder, pseudonym. */
import process from "node:process"
import { Effect } from "effect"
import { Subjects } from "../../actors/subjects.ts"
import { withStores } from "./subject-rig.ts"

const [folder, subject] = process.argv.slice(2) as [string, string]
await withStores(
  folder,
  Effect.flatMap(Subjects, ({ erase }) => {
    process.stdout.write("begun\n")
    return erase({ subject, actor: "os:officer", purpose: "letter 17" })
  })
)
process.stdout.write("erased\n")
