/**
 * libturbojpeg 2 compiled to wasm, for machines where the native library cannot be loaded: about twice the cost,
 * the same pixels. The module in @cwasm/jpeg-turbo is driven by hand, since that package's own interface can neither
 * shrink nor stay grey. It cannot cut either: the whole picture is decoded and the region copied out.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Decoder } from "../../models/vision/decoder.ts"
import type { JpegHeader } from "../../models/vision/jpeg-header.ts"
import type { DamagedReason } from "../../models/vision/outcome.ts"
import type { Region } from "../../models/vision/region.ts"
import { type Scale, scaledPx, sideMaxPx } from "../../models/vision/scale.ts"

/** From turbojpeg.h of libjpeg-turbo 2. */
const tjPixelFormatGray = 6

interface TurboJpegExports {
  readonly memory: WebAssembly.Memory
  malloc(sizeBytes: number): number
  free(pointer: number): void
  tjInitDecompress(): number
  tjDecompress2(
    handle: number,
    bytes: number,
    sizeBytes: number,
    target: number,
    width: number,
    pitch: number,
    height: number,
    pixelFormat: number,
    flags: number
  ): number
}

/** The library jumps out of its own middle on a fatal error; wasm cannot, so the host throws and the instance is spent. */
class FatalJpegError extends Error {}

function refuseSystemCall(): never {
  throw new Error("Cannot decode: the wasm decoder asked for a system call it never needs")
}

const imports = {
  env: {
    setjmp: () => 0,
    longjmp: () => {
      throw new FatalJpegError()
    }
  },
  wasi_snapshot_preview1: {
    environ_sizes_get: () => 0,
    environ_get: refuseSystemCall,
    proc_exit: refuseSystemCall,
    fd_close: refuseSystemCall,
    fd_seek: refuseSystemCall,
    fd_write: refuseSystemCall
  }
}

export function openWasmDecoder(): Decoder {
  const file = createRequire(import.meta.url).resolve("@cwasm/jpeg-turbo/jpeg-turbo.wasm")
  return new WasmDecoder(new WebAssembly.Module(readFileSync(file)))
}

class WasmDecoder implements Decoder {
  readonly name = "wasm"
  readonly #module: WebAssembly.Module
  #turbo!: TurboJpegExports
  #handle = 0
  #targetAt = 0
  #bytesAt = 0
  #bytesMax = 0

  constructor(module: WebAssembly.Module) {
    this.#module = module
    this.#instantiate()
  }

  #instantiate(): void {
    this.#turbo = new WebAssembly.Instance(this.#module, imports).exports as unknown as TurboJpegExports
    this.#handle = this.#turbo.tjInitDecompress()
    this.#targetAt = this.#allocate(sideMaxPx * sideMaxPx)
    this.#bytesAt = 0
    this.#bytesMax = 0
  }

  #allocate(sizeBytes: number): number {
    const pointer = this.#turbo.malloc(sizeBytes)
    if (pointer === 0 || this.#handle === 0) throw new Error(`Cannot decode: wasm has no ${sizeBytes} bytes left`)
    return pointer
  }

  decode(
    bytes: Uint8Array,
    header: JpegHeader,
    scale: Scale,
    region: Region,
    plane: Uint8Array
  ): DamagedReason | undefined {
    const width = scaledPx(header.widthPx, scale)
    const height = scaledPx(header.heightPx, scale)
    if (width * height > sideMaxPx * sideMaxPx) {
      throw new RangeError(
        `Cannot decode ${width} x ${height} px: the plane holds ${sideMaxPx ** 2}. Decode at a smaller scale`
      )
    }
    if (bytes.length > this.#bytesMax) {
      if (this.#bytesAt !== 0) this.#turbo.free(this.#bytesAt)
      this.#bytesAt = this.#allocate(bytes.length)
      this.#bytesMax = bytes.length
    }
    new Uint8Array(this.#turbo.memory.buffer, this.#bytesAt, bytes.length).set(bytes)
    try {
      const target = this.#targetAt
      const format = tjPixelFormatGray
      // Answers -1 after warnings too.
      if (
        this.#turbo.tjDecompress2(this.#handle, this.#bytesAt, bytes.length, target, width, width, height, format, 0)
      ) {
        return "corrupt"
      }
    } catch (error) {
      this.#instantiate()
      if (error instanceof FatalJpegError || error instanceof WebAssembly.RuntimeError) return "corrupt"
      throw error
    }
    const decoded = new Uint8Array(this.#turbo.memory.buffer, this.#targetAt, width * height)
    for (let y = 0; y < region.heightPx; y++) {
      const from = (region.yPx + y) * width + region.xPx
      plane.set(decoded.subarray(from, from + region.widthPx), y * region.widthPx)
    }
    return undefined
  }

  close(): void {
    this.#turbo = undefined as never
  }
}
