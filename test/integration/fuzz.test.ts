/** A short seeded sample of `npm run faults -- fuzz`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type TestServer } from "../server/core.ts"
import { surviveFuzz } from "../server/fuzz-rounds.ts"

describe("nonsense on the sockets", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  it("costs no other conference a frame and kills no edge", async () => {
    const before = server.core.edges().map(({ processId }) => processId)
    expect(await surviveFuzz(server, 7, 15)).toBeGreaterThan(30)
    expect(server.core.edges().map(({ processId }) => processId)).toEqual(before)
  })
})
