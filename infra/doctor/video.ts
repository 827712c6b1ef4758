/** Whether encoded video can be decoded here, and under whose licence: what the loaded FFmpeg says of its own configuration. It gives no legal advice. */
import { describeVideoLibrary } from "../vision/video-library.ts"
import type { Finding } from "./finding.ts"

/** FFmpeg's own rule (its LICENSE.md): the options of its build decide. */
export function licenceOf(configuration: string): "nonfree" | "GPL 3" | "GPL 2" | "LGPL 3" | "LGPL 2.1" {
  const has = (option: string) => configuration.split(/\s+/).includes(`--enable-${option}`)
  if (has("nonfree")) return "nonfree"
  if (has("gpl")) return has("version3") ? "GPL 3" : "GPL 2"
  return has("version3") ? "LGPL 3" : "LGPL 2.1"
}

export async function encodedVideo(): Promise<Finding> {
  const check = "encodedVideo"
  try {
    const { version, configuration } = await describeVideoLibrary()
    const licence = licenceOf(configuration)
    const [ru, en] = [
      `H.264 и VP8 декодирует FFmpeg ${version}, лицензия ${licence}`,
      `H.264 and VP8 are decoded by FFmpeg ${version}, licence ${licence}`
    ]
    if (licence.startsWith("LGPL")) return { check, level: "good", ru, en }
    const decision = "docs/decisions/0032-the-licence-of-encoded-video.md"
    return {
      check,
      level: licence === "nonfree" ? "warning" : "good",
      ru: `${ru}: на своих серверах можно; установку или образ с ним никому не передавайте (${decision})`,
      en: `${en}: use it on your own servers; hand nobody an installation or an image with it (${decision})`
    }
  } catch {
    return {
      check,
      level: "good",
      ru: "H.264 и VP8 здесь не декодируются: клиенты шлют JPEG и gray8",
      en: "H.264 and VP8 are not decoded here: clients send JPEG and gray8"
    }
  }
}
