/**
 * libturbojpeg 3 by foreign function interface: luma only, shrunk by the inverse DCT, cut to a region, and nothing
 * decoded below it. The library is the one in @julusian/jpeg-turbo's prebuilt binaries; that package's own interface
 * can neither shrink nor cut, so it is not loaded. There are prebuilds for Linux only: elsewhere opening fails, and
 * `decoder-wasm.ts` does the work.
 */
import { createRequire } from "node:module"
import path from "node:path"
import type { Decoder } from "../../models/vision/decoder.ts"
import { type JpegHeader, jpegSideMaxPx } from "../../models/vision/jpeg-header.ts"
import type { DamagedReason } from "../../models/vision/outcome.ts"
import type { Region } from "../../models/vision/region.ts"
import { type Scale, scaledPx } from "../../models/vision/scale.ts"

/** From turbojpeg.h of libjpeg-turbo 3. */
const tjInitDecompress = 1
const tjPixelFormatGray = 6
const tjParamStopOnWarning = 0
const tjParamMaxPixels = 24

/** The calls used, the same for both runtimes. Those that answer a number answer 0 for success. */
interface TurboJpeg {
  readHeader(bytes: Uint8Array): number
  setScale(numerator: number, denominator: number): number
  setCrop(xPx: number, yPx: number, widthPx: number, heightPx: number): number
  decompress(bytes: Uint8Array, plane: Uint8Array, pitchPx: number): number
  /** A new handle in place of the old one. */
  renew(): void
  destroy(): void
}

/** Prebuilds that may fit this machine; the one for another libc does not load, then the next is tried. */
function libraryPaths(): string[] {
  const require = createRequire(import.meta.url)
  const prebuilds = path.join(path.dirname(require.resolve("@julusian/jpeg-turbo/package.json")), "prebuilds")
  const target = `${process.platform}-${process.arch}`
  return [target, `${target}-musl`].map((name) => path.join(prebuilds, `jpeg-turbo-${name}`, "libturbojpeg.so.0"))
}

/** A handle that gives up at the first warning and on pictures larger than the header check lets through. */
function configured(handle: unknown, set: (...given: unknown[]) => unknown): unknown {
  if (handle === null) throw new Error("tj3Init answered no handle")
  set(handle, tjParamStopOnWarning, 1)
  set(handle, tjParamMaxPixels, jpegSideMaxPx ** 2)
  return handle
}

async function loadOnNode(file: string): Promise<TurboJpeg> {
  const { default: koffi } = await import("koffi")
  const library = koffi.load(file)
  const scale = koffi.struct({ num: "int", denom: "int" })
  const region = koffi.struct({ x: "int", y: "int", w: "int", h: "int" })
  const init = library.func("tj3Init", "void*", ["int"])
  const set = library.func("tj3Set", "int", ["void*", "int", "int"])
  const header = library.func("tj3DecompressHeader", "int", ["void*", "void*", "size_t"])
  const setScalingFactor = library.func("tj3SetScalingFactor", "int", ["void*", scale])
  const setCroppingRegion = library.func("tj3SetCroppingRegion", "int", ["void*", region])
  const decompress = library.func("tj3Decompress8", "int", ["void*", "void*", "size_t", "void*", "int", "int"])
  const destroy = library.func("tj3Destroy", "void", ["void*"])
  const open = () => configured(init(tjInitDecompress), set)
  let handle = open()
  return {
    readHeader: (bytes) => header(handle, bytes, bytes.length),
    setScale: (num, denom) => setScalingFactor(handle, { num, denom }),
    setCrop: (x, y, w, h) => setCroppingRegion(handle, { x, y, w, h }),
    decompress: (bytes, plane, pitchPx) => decompress(handle, bytes, bytes.length, plane, pitchPx, tjPixelFormatGray),
    renew: () => {
      destroy(handle)
      handle = open()
    },
    destroy: () => destroy(handle)
  }
}

/** The part of Deno's interface used here; its own types are not those of Node this project is checked with. */
interface DenoForeign {
  dlopen(
    file: string,
    symbols: Record<string, { parameters: unknown[]; result: string }>
  ): { symbols: Record<string, (...given: unknown[]) => unknown>; close(): void }
}

function loadOnDeno(deno: DenoForeign, file: string): TurboJpeg {
  const library = deno.dlopen(file, {
    tj3Init: { parameters: ["i32"], result: "pointer" },
    tj3Set: { parameters: ["pointer", "i32", "i32"], result: "i32" },
    tj3DecompressHeader: { parameters: ["pointer", "buffer", "usize"], result: "i32" },
    tj3SetScalingFactor: { parameters: ["pointer", { struct: ["i32", "i32"] }], result: "i32" },
    tj3SetCroppingRegion: { parameters: ["pointer", { struct: ["i32", "i32", "i32", "i32"] }], result: "i32" },
    tj3Decompress8: { parameters: ["pointer", "buffer", "usize", "buffer", "i32", "i32"], result: "i32" },
    tj3Destroy: { parameters: ["pointer"], result: "void" }
  })
  const call = library.symbols
  const open = () => configured(call.tj3Init!(tjInitDecompress), call.tj3Set!)
  let handle = open()
  // Structures go by value as the bytes of their fields.
  const scale = new Int32Array(2)
  const scaleBytes = new Uint8Array(scale.buffer)
  const region = new Int32Array(4)
  const regionBytes = new Uint8Array(region.buffer)
  return {
    readHeader: (bytes) => call.tj3DecompressHeader!(handle, bytes, BigInt(bytes.length)) as number,
    setScale: (numerator, denominator) => {
      scale[0] = numerator
      scale[1] = denominator
      return call.tj3SetScalingFactor!(handle, scaleBytes) as number
    },
    setCrop: (xPx, yPx, widthPx, heightPx) => {
      region[0] = xPx
      region[1] = yPx
      region[2] = widthPx
      region[3] = heightPx
      return call.tj3SetCroppingRegion!(handle, regionBytes) as number
    },
    decompress: (bytes, plane, pitchPx) =>
      call.tj3Decompress8!(handle, bytes, BigInt(bytes.length), plane, pitchPx, tjPixelFormatGray) as number,
    renew: () => {
      call.tj3Destroy!(handle)
      handle = open()
    },
    destroy: () => {
      call.tj3Destroy!(handle)
      library.close()
    }
  }
}

/** Opens the native decoder, or throws saying why it cannot be had here. */
export async function openTurboJpeg(): Promise<Decoder> {
  const deno = (globalThis as { Deno?: DenoForeign }).Deno
  const reasons: string[] = []
  for (const file of libraryPaths()) {
    try {
      return new TurboJpegDecoder(deno ? loadOnDeno(deno, file) : await loadOnNode(file))
    } catch (error) {
      reasons.push((error as Error).message)
    }
  }
  throw new Error(
    `Cannot open libturbojpeg for "${process.platform}-${process.arch}": ${reasons.join("; ")}. ` +
      "The wasm decoder gives the same pixels at about twice the cost"
  )
}

class TurboJpegDecoder implements Decoder {
  readonly name = "libturbojpeg"
  readonly #turbo: TurboJpeg
  #scale: Scale | undefined

  constructor(turbo: TurboJpeg) {
    this.#turbo = turbo
  }

  decode(
    bytes: Uint8Array,
    header: JpegHeader,
    scale: Scale,
    region: Region,
    plane: Uint8Array
  ): DamagedReason | undefined {
    if (region.widthPx * region.heightPx > plane.length) {
      throw new RangeError(
        `Cannot decode ${region.widthPx} x ${region.heightPx} px: the plane holds ${plane.length}. Decode at a smaller scale`
      )
    }
    const isWhole =
      region.xPx === 0 &&
      region.yPx === 0 &&
      region.widthPx === scaledPx(header.widthPx, scale) &&
      region.heightPx === scaledPx(header.heightPx, scale)
    if (this.#turbo.readHeader(bytes) !== 0) return this.#giveUp()
    if (this.#scale !== scale && this.#turbo.setScale(scale.numerator, scale.denominator) !== 0) {
      throw new RangeError(
        `Cannot decode at ${scale.numerator}/${scale.denominator}: libturbojpeg knows reduced eighths only`
      )
    }
    this.#scale = scale
    // Where this is refused (a start off the unit), decompressing would still answer 0 and write the wrong pixels.
    if (!isWhole && this.#turbo.setCrop(region.xPx, region.yPx, region.widthPx, region.heightPx) !== 0) {
      throw new RangeError(
        `Cannot decode the region at ${region.xPx}, ${region.yPx}: it does not begin on a coded unit. Use regionAround()`
      )
    }
    if (this.#turbo.decompress(bytes, plane, region.widthPx) !== 0) return this.#giveUp()
    // All zeroes: no crop. Otherwise the next, smaller picture would be refused.
    this.#turbo.setCrop(0, 0, 0, 0)
    return undefined
  }

  /** After an error in a header libturbojpeg goes on reading in the middle of the next one (seen in 3.1.3), so the handle is spent. */
  #giveUp(): DamagedReason {
    this.#turbo.renew()
    this.#scale = undefined
    return "corrupt"
  }

  close(): void {
    this.#turbo.destroy()
  }
}
