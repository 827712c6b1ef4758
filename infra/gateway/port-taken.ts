/** Whether a port of this machine is in use, asked from outside: for servers that would share it in silence. */
import { connect } from "node:net"

/** A connection is answered there. */
export function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = connect({ host, port })
    asking.once("connect", () => {
      asking.destroy()
      resolve(true)
    })
    asking.once("error", () => resolve(false))
  })
}
