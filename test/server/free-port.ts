/** A port that nobody listens on, for servers that must come back on the same one. */
import { type AddressInfo, createServer } from "node:net"

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const asking = createServer()
    asking.once("error", reject)
    asking.listen(0, "127.0.0.1", () => {
      const { port } = asking.address() as AddressInfo
      asking.close(() => resolve(port))
    })
  })
