/** A short seeded sample of `npm run faults -- fuzz`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type TestServer } from "../server/core.ts"
import { surviveFuzz } from "../server/fuzz-rounds.ts"
import { surviveHttpFuzz } from "../server/http-fuzz.ts"

describe("nonsense on the sockets", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ console: true })
  })
  afterAll(() => server.stop())

  it("costs no other conference a frame and kills no edge", async () => {
    const before = server.core.edges().map(({ processId }) => processId)
    expect(await surviveFuzz(server, 7, 15)).toBeGreaterThan(30)
    expect(server.core.edges().map(({ processId }) => processId)).toEqual(before)
  })

  it("on the doors' HTTP leaves both serving and no descriptor behind", async () => {
    expect(await surviveHttpFuzz(server, 7, 25)).toBe(200)
  })
})
