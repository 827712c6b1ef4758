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

export function commandIdOf(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  if (bytes.length !== uuidBytes) return bytes.subarray(bytes.findIndex((byte) => byte !== 0)).toString("utf8")
  const hex = bytes.toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
