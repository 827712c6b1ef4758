/**
 * Chooses the gateway this runtime can have: uWebSockets.js where its binary loads, which is on Node; else `ws`. It says in one line what it fell back to and why, and never falls back in silence.
 */

import process from "node:process"
import type { Gateway } from "../../actors/gateway.ts"

export interface ChosenGateway {
  readonly gateway: Gateway
  /** One line for the operator where Node has to do without uWebSockets.js; otherwise null. */
  readonly fallback: string | null
}

export async function chooseGateway(): Promise<ChosenGateway> {
  // uWebSockets.js has no binary for Deno, and Deno's own server bounds no connection's time and cannot cut one.
  if ("Deno" in globalThis) return { gateway: (await import("./gateway-ws.ts")).wsGateway, fallback: null }
  // Both are held to one behaviour where both load.
  if (process.env.MIMIKA_TEST_GATEWAY === "ws") {
    return { gateway: (await import("./gateway-ws.ts")).wsGateway, fallback: null }
  }
  try {
    const { uwsGateway } = await import("./gateway-uws.ts")
    return { gateway: await uwsGateway(), fallback: null }
  } catch (error) {
    const { wsGateway } = await import("./gateway-ws.ts")
    return { gateway: wsGateway, fallback: `Gateway: ws instead of uWebSockets.js, because ${reasonOf(error)}` }
  }
}

/** The last line of the loader's message names the missing symbol or file; what stands before is about all platforms. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const line = text.trim().split("\n").at(-1) ?? ""
  const missing = /version `?(GLIBC_[\d.]+)'? not found/.exec(line)
  if (missing === null) return line
  return `this system's C library lacks ${missing[1]} (scripts/node-with-newer-glibc.sh helps on Debian 12)`
}
