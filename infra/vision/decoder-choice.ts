/** Which decoder of JPEG an eye gets: the native library where it loads, else the one in wasm. It decodes nothing itself. */
import type { Decoder } from "../../models/vision/decoder.ts"
import { openTurboJpeg } from "./decoder-turbojpeg.ts"
import { openWasmDecoder } from "./decoder-wasm.ts"

export interface DecoderChoice {
  /** "auto": the native library where it loads, else wasm. */
  readonly decoder?: "native" | "wasm" | "auto"
  /** Told once when "auto" falls back to wasm. */
  readonly onFallback?: (why: string) => void
}

/** Rejects where the native library was asked for by name and does not load. */
export async function openDecoder({ decoder = "auto", onFallback }: DecoderChoice): Promise<Decoder> {
  if (decoder === "wasm") return openWasmDecoder()
  try {
    return await openTurboJpeg()
  } catch (error) {
    if (decoder === "native") throw error
    onFallback?.((error as Error).message)
    return openWasmDecoder()
  }
}
