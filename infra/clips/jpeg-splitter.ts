/**
 * Finds where each JPEG picture ends in a stream of them, by the markers of ITU-T T.81 Annex B. It decodes nothing, and
 * bytes between two pictures are skipped.
 */

/** Twice what the largest frame of the protocol may have: a stream without an end is no picture. */
export const pictureBytesMax = 8 * 1024 * 1024

const startOfImage = 0xd8
const endOfImage = 0xd9
const startOfScan = 0xda

export class JpegSplitter {
  #bytes = new Uint8Array(0)
  /** Where the search goes on; before it nothing more is to be found. */
  #at = 0
  #inScan = false

  /** The pictures that this chunk completes. Throws on a picture longer than `pictureBytesMax`. */
  push(chunk: Uint8Array): Uint8Array[] {
    const pictures: Uint8Array[] = []
    const bytes = new Uint8Array(this.#bytes.length + chunk.length)
    bytes.set(this.#bytes)
    bytes.set(chunk, this.#bytes.length)
    this.#bytes = bytes
    for (let end = this.#pictureEnd(); end !== undefined; end = this.#pictureEnd()) {
      pictures.push(this.#bytes.subarray(0, end))
      this.#bytes = this.#bytes.subarray(end)
      this.#at = 0
      this.#inScan = false
    }
    if (this.#bytes.length > pictureBytesMax) {
      throw new Error(`Cannot split pictures: one has more than ${pictureBytesMax} bytes. Choose smaller pictures`)
    }
    return pictures
  }

  #pictureEnd(): number | undefined {
    if (this.#at === 0 && !this.#skipToStart()) return undefined
    const bytes = this.#bytes
    while (this.#at + 1 < bytes.length) {
      const marker = bytes[this.#at + 1]!
      if (bytes[this.#at] !== 0xff || marker === 0 || marker === 0xff) this.#at += 1
      else if (marker === endOfImage) return this.#at + 2
      // Inside a scan there are only stuffed bytes and restart markers until the next true marker.
      else if (this.#inScan && marker >= 0xd0 && marker <= 0xd7) this.#at += 2
      else {
        if (this.#at + 3 >= bytes.length) return undefined
        this.#inScan = marker === startOfScan
        this.#at += 2 + ((bytes[this.#at + 2]! << 8) | bytes[this.#at + 3]!)
      }
    }
    return undefined
  }

  /** Drops what stands before the first start of an image. */
  #skipToStart(): boolean {
    const bytes = this.#bytes
    let start = 0
    while (start + 1 < bytes.length && !(bytes[start] === 0xff && bytes[start + 1] === startOfImage)) start += 1
    this.#bytes = bytes.subarray(start)
    if (this.#bytes.length < 2) return false
    this.#at = 2
    return true
  }
}
