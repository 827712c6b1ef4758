/**
 * A command id as bytes for an index: 16 for a UUID in its usual form, the text behind zero bytes (never 16 long) for
 * any other. It keeps every id apart, and gives each back as it was.
 */

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const uuidBytes = 16

export function commandKeyOf(commandId: string): Uint8Array {
  if (uuid.test(commandId)) return Buffer.from(commandId.replaceAll("-", ""), "hex")
  const text = Buffer.from(commandId, "utf8")
  const padding = Math.max(1, uuidBytes + 1 - text.length)
  return Buffer.concat([Buffer.alloc(padding), text])
}

export const commandIdOf = (key: Uint8Array): string =>
  commandIdOfHex(Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("hex"))

/** The same of a key in lowercase hexadecimal digits. */
export function commandIdOfHex(hex: string): string {
  if (hex.length !== 2 * uuidBytes) {
    const bytes = Buffer.from(hex, "hex")
    return bytes.subarray(bytes.findIndex((byte) => byte !== 0)).toString("utf8")
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
