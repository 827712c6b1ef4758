/** The gateways this runtime can load, and a rig that serves one test's paths and takes them down after it. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, expect } from "vitest"
import type { Gateway, ListenOptions } from "../../actors/gateway.ts"
import { chooseGateway } from "../../infra/gateway/gateway.ts"
import { tlsCertificate } from "../../infra/gateway/tls.ts"
import { type Recording, type Rig, recording, rig } from "./gateway-client.ts"

export const onDeno = "Deno" in globalThis
export const chosen = await chooseGateway()
export const gateways: Gateway[] = [chosen.gateway]
if (!onDeno && chosen.gateway.name !== "ws")
  gateways.push((await import("../../infra/gateway/gateway-ws.ts")).wsGateway)

export const folder = mkdtempSync(join(tmpdir(), "mimika-gateway-"))
export const certificate = await tlsCertificate(folder)
const rigs: Rig[] = []
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((served) => served.close()))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

export async function serve(
  gateway: Gateway,
  sockets: ListenOptions["sockets"],
  http?: ListenOptions["http"]
): Promise<Rig> {
  const served = await rig(gateway, certificate, sockets, http)
  rigs.push(served)
  return served
}

/** The server still serves: a new client is answered. */
export async function stillServes(served: Rig, path: string): Promise<void> {
  const client = await served.open(path)
  client.socket.send("still there?")
  await client.receivedCount(1)
  expect(client.received).toEqual(["still there?"])
  client.socket.close()
}

/** A path that sends a text back, and of bytes their number and sum. */
export const echo = (bounds: Parameters<typeof recording>[0] = {}): Recording =>
  recording(bounds, (socket, seen) => {
    if (seen.saw === "text") socket.send(seen.message)
    if (seen.saw === "binary") socket.send(`${seen.bytes} ${seen.sum}`)
  })
