/** Networks whose addresses may come in, as an operator names them. What is refused, and how, is each door's to say. */
import { BlockList, isIP, isIPv4 } from "node:net"

export interface Networks {
  /** `address`: as text without port. */
  readonly admits: (address: string) => boolean
}

/** Such as `10.0.0.0/8`, `fd00::/8` or a single address; none named: everybody who reaches the door. Throws on what is no network. */
export function networksOf(named: readonly string[]): Networks {
  if (named.length === 0) return { admits: () => true }
  const list = new BlockList()
  for (const network of named) {
    const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? []
    const bitsMax = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!
    if (Number(bits ?? 0) > bitsMax) {
      throw new Error(`Cannot admit the network "${network}": it is no address with a prefix. Write it as 10.0.0.0/8`)
    }
    list.addSubnet(address, Number(bits ?? bitsMax), familyOf(address))
  }
  return { admits: (address) => isIP(address) !== 0 && list.check(address, familyOf(address)) }
}

const familyOf = (address: string) => (isIPv4(address) ? "ipv4" : "ipv6")

const loopback = networksOf(["127.0.0.0/8", "::1"])
/** Of this machine alone. */
export const isLoopback = (host: string) => host === "localhost" || loopback.admits(host)

/** Every address of the machine at once: clients need another name for it. */
export const isEveryAddress = (host: string) => host === "0.0.0.0" || host === "::"

/** As it stands in a URL. */
export const hostInUrl = (host: string) => (host.includes(":") ? `[${host}]` : host)

/** Whether an address is this machine's own, as far as a door that listens on `host` can tell. */
export const isOwn = (address: string, host: string) => address === host || loopback.admits(address)
