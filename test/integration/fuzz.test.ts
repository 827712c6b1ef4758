/** A short seeded sample of `npm run faults -- fuzz`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type TestServer } from "../server/core.ts"
import { surviveFuzz } from "../server/fuzz-rounds.ts"
import { surviveHttpFuzz } from "../server/http-fuzz.ts"
import { assertNothingLeft, leftoversOf } from "../server/leftovers.ts"

describe("nonsense on the sockets", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ console: true })
    // What is compiled and cached once is no leak.
    await surviveFuzz(server, 3, 4)
    await surviveHttpFuzz(server, 3, 4)
  })
  afterAll(() => server.stop())

  it("costs no other conference a frame, kills no edge and leaves no memory, connection or descriptor behind", async () => {
    const before = leftoversOf(server)
    expect(await surviveFuzz(server, 7, 15)).toBeGreaterThan(30)
    expect(await assertNothingLeft(server, before, 15)).toContain("descriptors")
  })

  it("on the doors' HTTP leaves both serving, and nothing behind", async () => {
    const before = leftoversOf(server)
    expect(await surviveHttpFuzz(server, 7, 25)).toBe(200)
    expect(await assertNothingLeft(server, before, 25)).toContain("descriptors")
  })
})
