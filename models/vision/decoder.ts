/**
 * The port of JPEG decoders: luma only, shrunk, cut to a region, written where the detector reads. Two implementations
 * share one contract test (test/integration/vision-decoders.test.ts). A decoder never sees bytes whose header
 * `readJpegHeader` has not let through.
 */
import type { JpegHeader } from "./jpeg-header.ts"
import type { DamagedReason } from "./outcome.ts"
import type { Region } from "./region.ts"
import type { Scale } from "./scale.ts"

export interface Decoder {
  readonly name: "libturbojpeg" | "wasm"
  /**
   * Decodes the region of the scaled picture into `plane`, row after row without gaps; synchronous, and the bytes are
   * not kept. `region.xPx` must be a multiple of the scaled unit (`regionAround`). Answers a reason where the coded data
   * inside the region is damaged (below it, it is not looked at), and then what `plane` holds is worthless.
   */
  decode(
    bytes: Uint8Array,
    header: JpegHeader,
    scale: Scale,
    region: Region,
    plane: Uint8Array
  ): DamagedReason | undefined
  close(): void
}
