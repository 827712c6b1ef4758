/**
 * The format of a backup: a header in clear, then files in encrypted pieces. Each piece is bound to the header, to its
 * place and to whether it is the last (the STREAM construction of Hoang et al., 2015), so that a file cut short,
 * re-ordered or mixed from two backups does not open. It knows nothing of journals or keys.
 *
 * Bytes: "mimika-backup-1", line feed, header as JSON, line feed; then pieces: length (4, big-endian), AES-256-GCM
 * ciphertext, tag (16). The key is used for this file alone, so the nonce is the number of the piece.
 */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto"
import { closeSync, fsyncSync, openSync, readSync, writeSync } from "node:fs"

const magic = "mimika-backup-1\n"
const pieceBytes = 1024 * 1024
const tagBytes = 16
const headerBytesMax = 64 * 1024

export interface BackupHeader {
  readonly holds: "journal" | "keys"
  /** Milliseconds since 1970. */
  readonly madeAt: number
  /** Bars in force when it was made: a list with fewer is not the current one. */
  readonly barCount: number
  /** The key of this file, wrapped, in base64. */
  readonly wrappedKey: string
}

const nonceOf = (index: number) => {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(index), 4)
  return nonce
}
const boundOf = (header: string, isLast: boolean) =>
  Buffer.concat([createHash("sha256").update(header).digest(), Buffer.from([isLast ? 1 : 0])])

/** Writes a new file, on disk when it answers. */
export function writeBackup(path: string, header: BackupHeader, key: Uint8Array, plain: Iterable<Uint8Array>): void {
  const file = openSync(path, "wx", 0o600)
  try {
    const headerText = JSON.stringify(header)
    writeSync(file, `${magic}${headerText}\n`)
    let index = 0
    const writePiece = (piece: Uint8Array, isLast: boolean) => {
      const cipher = createCipheriv("aes-256-gcm", key, nonceOf(index++))
      cipher.setAAD(boundOf(headerText, isLast))
      const sealed = Buffer.concat([Buffer.alloc(4), cipher.update(piece), cipher.final(), cipher.getAuthTag()])
      sealed.writeUInt32BE(sealed.length - 4)
      writeSync(file, sealed)
    }
    let waiting = Buffer.alloc(0)
    for (const bytes of plain) {
      waiting = Buffer.concat([waiting, bytes])
      for (; waiting.length > pieceBytes; waiting = waiting.subarray(pieceBytes)) {
        writePiece(waiting.subarray(0, pieceBytes), false)
      }
    }
    writePiece(waiting, true)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The header, which nothing has confirmed yet, and what opens the rest. */
export interface OpenedBackup {
  readonly header: BackupHeader
  /** Throws when a piece does not open or the last one is missing. */
  readonly plain: (key: Uint8Array) => Generator<Buffer>
  readonly close: () => void
}

export function openBackup(path: string): OpenedBackup {
  const file = openSync(path, "r")
  const damaged = (why: string) => new Error(`Cannot read the backup "${path}": ${why}. Use another copy`)
  const read = (position: number, lengthBytes: number) => {
    const bytes = Buffer.alloc(lengthBytes)
    return bytes.subarray(0, readSync(file, bytes, 0, lengthBytes, position))
  }
  try {
    const head = read(0, headerBytesMax)
    const headerEnd = head.indexOf("\n", magic.length)
    if (head.toString("latin1", 0, magic.length) !== magic || headerEnd < 0)
      throw damaged("it is no backup of this product")
    const headerText = head.toString("utf8", magic.length, headerEnd)
    const plain = function* (key: Uint8Array) {
      let position = headerEnd + 1
      for (let index = 0, isLast = false; !isLast; index++) {
        const length = read(position, 4)
        const lengthBytes = length.length === 4 ? length.readUInt32BE() : 0
        if (lengthBytes < tagBytes || lengthBytes > pieceBytes + tagBytes) throw damaged("it was cut short or changed")
        const sealed = read(position + 4, lengthBytes)
        position += 4 + lengthBytes
        isLast = read(position, 1).length === 0
        const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(index))
        decipher.setAAD(boundOf(headerText, isLast))
        decipher.setAuthTag(sealed.subarray(-tagBytes))
        try {
          yield Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
        } catch {
          throw damaged("it was cut short or changed, or was made with other keys")
        }
      }
    }
    return { header: JSON.parse(headerText) as BackupHeader, plain, close: () => closeSync(file) }
  } catch (error) {
    closeSync(file)
    throw error
  }
}
