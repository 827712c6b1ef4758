/**
 * Every command of the command line: it names its permission in the one table, and where a server runs it is refused to whoever is not
 * that server's operator, whatever they hold, before it says or writes anything.
 */
import { execFile } from "node:child_process"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Command } from "commander"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { commands } from "../../actors/doors.ts"
import { sessionCookie } from "../../infra/access/access.ts"
import { commandsOf, requireOperator } from "../../infra/commands/operator.ts"
import { adminTokenFile } from "../../infra/gateway/admin-door.ts"
import { program } from "../../main.ts"
import { freshFolder, startServer, type TestServer } from "../server/core.ts"
import { staffOf } from "../server/staff.ts"

const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
type Name = keyof typeof commands
const guarded = (Object.keys(commands) as Name[]).filter((name) => commands[name] !== "anybody")

it("is in the table, and every command of the table can be run", () => {
  expect([...commandsOf(program)].sort()).toEqual(Object.keys(commands).sort())
})

it("is not run when nobody has listed it", async () => {
  const forgotten = new Command("mimika").command("forgotten")
  await expect(requireOperator(forgotten)).rejects.toThrow(
    'Cannot run "mimika forgotten": no permission is named for it'
  )
})

describe("beside a running server", () => {
  let server: TestServer
  let out: string
  let operatorsToken: string
  let administratorsSession: string
  beforeAll(async () => {
    server = await startServer({ console: true })
    const { admin } = await staffOf(server)
    administratorsSession = admin.cookies().get(sessionCookie)!
    operatorsToken = readFileSync(adminTokenFile(server.dataFolder), "utf8")
    out = freshFolder()
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(out, { recursive: true, force: true })
  })

  /** What each needs to be understood, beside the data folder. */
  const more: Partial<Record<Name, readonly string[]>> = {
    serve: ["--port", "0", "--console-port", "0", "--edges", "1", "--capacity", "1"],
    replay: ["conference-1"],
    "retention set": ["person", "30", "--reason", "x"],
    "subject export": ["--client", "c", "--reason", "x", "--out", "OUT"],
    "subject erase": ["--client", "c", "--reason", "x", "--out", "OUT"],
    "account invite": ["petrova"],
    "account brief": ["admin", "--by", "x"],
    "account directory": ["admin", "--unlink"],
    "account revoke": ["admin"],
    "audit proof": ["conference-1", "1", "--out", "OUT/a.tlog-proof"],
    "audit export": ["--out", "OUT/log"],
    "audit replace-key": ["--reason", "x"],
    "audit tamper": ["--out", "OUT/forged"],
    "edges drain": ["edge-1"],
    "edges join": ["--core", "a:1", "--name", "a", "--certificate", "OUT/a", "--key", "OUT/a", "--ca", "OUT/a"],
    "journal copy": ["--from", "DATA", "--to", "OUT/copy"],
    backup: ["OUT/backup"],
    restore: ["OUT/backup", "--keys", "OUT/keys", "--bars", "OUT/bars.jsonl"]
  }
  const filled = (words: readonly string[]) =>
    words.map((word) => word.replace("OUT", out).replace("DATA", server.dataFolder))
  const wordsOf = (name: Name) => [...name.split(" "), ...filled(more[name] ?? []), "--data", server.dataFolder]
  const spawned = (name: Name) =>
    new Promise<{ readonly code: number; readonly said: string; readonly shown: string }>((resolve) => {
      execFile(process.execPath, [main, ...wordsOf(name)], (error, shown, said) => {
        resolve({ code: error === null ? 0 : Number(error.code), said, shown })
      })
    })
  const refusalOf = (name: Name) =>
    `Cannot run "mimika ${name}": it takes the permission "${commands[name]}", and the server on "${server.dataFolder}" does not know you as its operator`

  describe("in the hands of whoever is not its operator, with an administrator's session", () => {
    beforeAll(() => writeFileSync(adminTokenFile(server.dataFolder), administratorsSession))
    afterAll(() => writeFileSync(adminTokenFile(server.dataFolder), operatorsToken))

    it.each(guarded)("%s is refused before it does anything", async (name) => {
      await expect(program.parseAsync(["node", "mimika", ...wordsOf(name)])).rejects.toThrow(refusalOf(name))
      expect(readdirSync(out)).toEqual([])
    })

    it("a command ends with 1, says why, and shows nothing", async () => {
      const { code, said, shown } = await spawned("account list")
      expect([code, shown]).toEqual([1, ""])
      expect(said).toContain(refusalOf("account list"))
    })
  })

  it("is run for the operator", async () => {
    const { code, shown } = await spawned("account list")
    expect([code, shown]).toEqual([0, expect.stringContaining("| admin |")])
  })
})
