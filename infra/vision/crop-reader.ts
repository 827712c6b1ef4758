/**
 * Reads faces that somebody cut out already: 48 x 48 pictures go to the net as they are. No detection and no judging of
 * quality, so nothing is ever Unreadable; a picture of another size is refused.
 */

import { cropPx } from "../../models/vision/crop.ts"
import type { Decoder } from "../../models/vision/decoder.ts"
import type { Manifest } from "../../models/vision/manifest.ts"
import type { Picture } from "../../models/vision/outcome.ts"
import { PictureDamaged } from "../clips/still-picture.ts"
import { openTurboJpeg } from "./decoder-turbojpeg.ts"
import { openWasmDecoder } from "./decoder-wasm.ts"
import { openInference } from "./inference-onnx.ts"
import { openPicture, showRegion, wholeRegion } from "./luma-plane.ts"

export interface CropReader {
  readonly model: Manifest
  /** The seven probabilities, 0 to 1, in the order of `expressions`. `file` is named in the errors. */
  read(file: string, picture: Picture): Promise<Float32Array>
  close(): Promise<void>
}

export async function openCropReader({
  weights,
  decoder: which
}: {
  readonly weights: URL
  readonly decoder: "auto" | "native" | "wasm"
}): Promise<CropReader> {
  const inference = await openInference(weights)
  const decoder = await openDecoder(which)
  const plane = new Uint8Array(cropPx * cropPx)
  return {
    model: inference.manifest,
    async read(file, picture) {
      const opened = openPicture(picture)
      if (typeof opened === "string") throw new PictureDamaged({ file, why: `its data are ${opened}` })
      if (opened.widthPx !== cropPx || opened.heightPx !== cropPx) {
        throw new Error(
          `Cannot read "${file}" as a face: it has ${opened.widthPx} x ${opened.heightPx} pixels, not ${cropPx} x ${cropPx}. ` +
            "Use --detect for photos and clips"
        )
      }
      const damaged = showRegion(opened, wholeRegion(opened), decoder, plane)
      if (damaged) throw new PictureDamaged({ file, why: `its data are ${damaged}` })
      const probabilities = await inference.predict((crop) => {
        crop.set(plane)
        return true
      })
      return probabilities!
    },
    async close() {
      decoder.close()
      await inference.close()
    }
  }
}

async function openDecoder(which: "auto" | "native" | "wasm"): Promise<Decoder> {
  if (which === "wasm") return openWasmDecoder()
  try {
    return await openTurboJpeg()
  } catch (error) {
    if (which === "native") throw error
    return openWasmDecoder()
  }
}
