/**
 * Every command of the command line: it names its permission in the one table, and where a server runs it is refused to whoever is not
 * that server's operator, whatever role they have and whatever they hold, before it says or writes anything.
 */
import { execFile } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { fileURLToPath } from "node:url"
import { Command } from "commander"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { roles } from "../../actors/access.ts"
import { commands } from "../../actors/doors.ts"
import { sessionCookie } from "../../infra/access/access.ts"
import { commandsOf, requireOperator } from "../../infra/commands/operator.ts"
import { adminTokenFile, adminUrlFile } from "../../infra/gateway/admin-door.ts"
import { operatorRate } from "../../infra/security/rate-limit.ts"
import { doorOf } from "../../infra/subjects/subject-desk.ts"
import { program } from "../../main.ts"
import { freshFolder, startServer, type TestServer } from "../server/core.ts"
import { staffOf } from "../server/staff.ts"

const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
type Name = keyof typeof commands
const guarded = (Object.keys(commands) as Name[]).filter((name) => commands[name] !== "anybody")

const staffRoles = roles.filter((role) => role !== "service")

/** A way to the server's door from another address of this machine: the door lets one address ask sixty times in a row. */
async function wayFrom(localAddress: string, port: number) {
  const open = new Set<Socket>()
  const way: Server = createServer((one) => {
    const other = connect({ host: "127.0.0.1", port, localAddress })
    for (const [from, to] of [
      [one, other],
      [other, one]
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.on("error", () => to.destroy())
    }
  }).listen(0, "127.0.0.1")
  await once(way, "listening")
  const close = () => {
    for (const socket of open) socket.destroy()
    way.close()
  }
  return { url: `https://127.0.0.1:${(way.address() as AddressInfo).port}`, close }
}

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
  let doorUrl: string
  const held = new Map<string, string>()
  beforeAll(async () => {
    server = await startServer({ console: true })
    const staff = await staffOf(server)
    for (const role of staffRoles) {
      const person = role === "administrator" ? staff.admin : await staff.person(role, [role])
      held.set(role, person.cookies().get(sessionCookie)!)
    }
    held.set("service", server.core.accessToken)
    operatorsToken = readFileSync(adminTokenFile(server.dataFolder), "utf8")
    doorUrl = readFileSync(adminUrlFile(server.dataFolder), "utf8")
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

  const parsed = (name: Name) => program.parseAsync(["node", "mimika", ...wordsOf(name)])

  describe.each(roles.map((role, index) => ({ role, address: `127.0.0.${10 + index}` })))(
    "in the hands of whoever holds what a $role has, and is not its operator",
    ({ role, address }) => {
      let way: Awaited<ReturnType<typeof wayFrom>>
      beforeAll(async () => {
        way = await wayFrom(address, Number(new URL(doorUrl).port))
        writeFileSync(adminUrlFile(server.dataFolder), way.url)
        writeFileSync(adminTokenFile(server.dataFolder), held.get(role)!)
      })
      afterAll(() => {
        way.close()
        writeFileSync(adminUrlFile(server.dataFolder), doorUrl)
        writeFileSync(adminTokenFile(server.dataFolder), operatorsToken)
      })

      it("every command that names a permission is refused before it does anything", async () => {
        for (const name of guarded) {
          await expect(parsed(name)).rejects.toThrow(`${refusalOf(name)} (Cannot open this door: the token is wrong`)
        }
        expect(readdirSync(out)).toEqual([])
      })
    }
  )

  it("a command of somebody else ends with 1, says why, and shows nothing", async () => {
    writeFileSync(adminTokenFile(server.dataFolder), held.get("administrator")!)
    const { code, said, shown } = await spawned("account list")
    writeFileSync(adminTokenFile(server.dataFolder), operatorsToken)
    expect([code, shown]).toEqual([1, ""])
    expect(said).toContain(refusalOf("account list"))
  })

  it("is run for the operator", async () => {
    const { code, shown } = await spawned("account list")
    expect([code, shown]).toEqual([0, expect.stringContaining("| admin |")])
  })

  it("is refused as well while too many ask at once, whoever it is", async () => {
    const way = await wayFrom("127.0.0.30", Number(new URL(doorUrl).port))
    writeFileSync(adminUrlFile(server.dataFolder), way.url)
    const post = doorOf(server.dataFolder)
    // On a slow machine the door would forget some while others are still asked.
    const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now())
    await Promise.allSettled(Array.from({ length: operatorRate.burst + 30 }, () => post("/admin/hello", {})))
    await expect(parsed("audit tamper")).rejects.toThrow(`${refusalOf("audit tamper")} (Cannot answer so many requests`)
    clock.mockRestore()
    expect(readdirSync(out)).toEqual([])
    way.close()
    writeFileSync(adminUrlFile(server.dataFolder), doorUrl)
  })
})
