/** The audit from the command line: beside a running server, after it, on a forged copy, and with a witness's word. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"

const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
const root = mkdtempSync(join(tmpdir(), "mimika-audit-command-"))
const folder = join(root, "server")
const publicKey = join(folder, "keys", "log-key.pub")

function start(...words: string[]) {
  const denoFlags = ["run", "-A", "--node-modules-dir=manual", "--no-prompt"]
  const command = [...("Deno" in globalThis ? denoFlags : []), main, ...words]
  return spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] })
}

/** All that it says until it serves. */
async function saidBy(child: ReturnType<typeof start>): Promise<string> {
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.startsWith("Stop with")) break
  }
  return lines.join("\n")
}

async function mimika(...words: string[]) {
  const child = start(...words)
  let [out, errors] = ["", ""]
  child.stdout.on("data", (text) => {
    out += text
  })
  child.stderr.on("data", (text) => {
    errors += text
  })
  const [code] = await once(child, "close")
  return { code: code as number, out, errors }
}
const verify = async (...words: string[]) => {
  const { code, out } = await mimika("audit", "verify", "--json", "--key", publicKey, ...words)
  return { code, verdict: JSON.parse(out) }
}

let server: TestServer
let conferenceId: string
const call = async (name: string) => {
  const observed = new Observed()
  const conference = await startConference(sdkOptions(server.core, name, observed.handlers))
  await sendPaced(conference, observed, await clipPictures(10))
  await conference.end()
  return conference.id
}
beforeAll(async () => {
  server = await startServer({ dataFolder: folder })
  conferenceId = await call("audited-1")
  await call("audited-2")
})
afterAll(() => rmSync(root, { recursive: true }))

describe("mimika audit", () => {
  it("verifies beside the running server, and to the last commit when it has stopped", async () => {
    const running = await verify("--data", folder)
    expect(running).toMatchObject({ code: 0, verdict: { sound: true, findings: [] } })
    await server.stop()
    const stopped = await verify("--data", folder)
    expect(stopped).toMatchObject({ code: 0, verdict: { sound: true, waiting: 0 } })
    expect(stopped.verdict.covered).toBeGreaterThan(6)
  })

  it("writes a proof that holds with the public key alone, and fails with a changed letter", async () => {
    const file = join(root, "event.tlog-proof")
    const made = await mimika("audit", "proof", conferenceId, "3", "--data", folder, "--out", file)
    expect(made).toMatchObject({ code: 0 })
    const key = readFileSync(publicKey, "utf8").trim()
    const checked = await mimika("audit", "check", file, "--key", key, "--json")
    expect(JSON.parse(checked.out)).toMatchObject({ sound: true, stream: expect.stringContaining(conferenceId) })
    writeFileSync(file, readFileSync(file, "utf8").replace(/^index \d+/m, "index 0"))
    expect(await mimika("audit", "check", file, "--key", key)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^Cannot believe the proof: the entry is not leaf 0/)
    })
  })

  it("a forged copy fails with exit code 1, and the journal it was made from is untouched", async () => {
    const copy = join(root, "forged")
    expect((await mimika("audit", "tamper", "--data", folder, "--out", copy, "--how", "cut")).code).toBe(0)
    const forged = await verify("--data", copy)
    expect(forged).toMatchObject({ code: 1, verdict: { sound: false, findingCount: 3 } })
    expect((await verify("--data", folder)).code).toBe(0)
    const again = await mimika("audit", "tamper", "--data", folder, "--out", copy)
    expect(again).toMatchObject({ code: 1, errors: expect.stringContaining("it is there already") })
  })

  it("a witness in a process of its own cosigns what the server hands it, and its word goes into proofs", async () => {
    const place = join(root, "witness")
    const options = ["--data", place, "--name", "example.org/w", "--log", publicKey, "--port", "0"]
    const witness = start("witness", ...options)
    const url = /https:\S+/.exec(await saidBy(witness))![0]
    const [key, certificate] = [join(place, "witness-key.pub"), join(place, "tls", "tls-certificate.pem")]
    const trust = ["--witness", url, "--witness-key", key, "--witness-certificate", certificate]
    const serving = start("serve", "--data", folder, "--port", "0", "--edges", "1", "--no-console", ...trust)
    try {
      await saidBy(serving)
      const checkpoint = () => readdirSync(place).find((name) => name.endsWith(".checkpoint"))
      const file = join(root, "cosigned.tlog-proof")
      const check = ["audit", "check", file, "--key", publicKey, "--witness", key]
      let code = 1
      // The server looks for a new checkpoint each second; every look of ours is a process, so this ends by itself.
      for (let look = 0; code !== 0 && look < 60; look += 1) {
        await mimika("audit", "proof", conferenceId, "3", "--data", folder, "--out", file)
        code = existsSync(file) ? (await mimika(...check)).code : 1
      }
      expect(code).toBe(0)
      // As a shell writes out *.checkpoint, of which there are two once a log's key was replaced.
      const cosigned = join(place, checkpoint()!)
      const kept = ["--witness", key, "--checkpoint", cosigned, cosigned]
      expect((await verify("--data", folder, ...kept)).verdict).toMatchObject({
        sound: true,
        cosigned: { "example.org/w": expect.any(Number) }
      })
    } finally {
      for (const child of [serving, witness]) {
        child.kill("SIGTERM")
        await once(child, "close")
      }
    }
  })
})
