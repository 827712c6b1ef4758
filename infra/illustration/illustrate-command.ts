/**
 * The work of `mimika illustrate`: a prompt to files in a folder. A prompt that cannot be placed gets its error on stderr, exit code 2, and nothing is written.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { interactivePage } from "../../models/illustration/interactive.ts"
import type { Language } from "../../models/illustration/language.ts"
import { defaultLook, type Scene, scenes } from "../../models/illustration/look.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"
import { insuredWords, printGain, printYield, rateWords, titleOf } from "../../models/illustration/wording.ts"
import { drawProcedurally } from "./illustrator-procedural.ts"

export interface IllustrateOptions {
  readonly out: string
  readonly scene?: string
  readonly seed?: number
  readonly lang?: Language
  readonly json?: boolean
}

const isScene = (name: string): name is Scene => (scenes as readonly string[]).includes(name)

export const illustrateCommand = async (prompt: string, options: IllustrateOptions): Promise<number> => {
  const startedAtMs = performance.now()
  const scene = options.scene ?? defaultLook.scene
  if (!isScene(scene)) {
    process.stderr.write(
      `Cannot draw the scene "${scene}": there is no such scene. Choose one of ${scenes.join(", ")}\n`
    )
    return 2
  }
  const answer = parsePrompt(prompt, options.lang)
  if (!answer.ok) {
    process.stderr.write(`${answer.error.message}\n`)
    return 2
  }
  const { brief } = answer
  const look = { ...defaultLook, scene }
  const seed = options.seed ?? 1
  try {
    const drawing = drawProcedurally(brief, look, seed, startedAtMs)
    const files = {
      png: join(options.out, "picture-1920x1080.png"),
      pngSquare: join(options.out, "picture-1024x1024.png"),
      svg: join(options.out, "picture.svg"),
      html: join(options.out, "picture.html"),
      brief: join(options.out, "brief.json")
    }
    const page = interactivePage(brief, look, seed, drawing.lieFactor)
    await mkdir(options.out, { recursive: true })
    await writeFile(files.png, drawing.pngWide)
    await writeFile(files.pngSquare, drawing.pngSquare)
    await writeFile(files.svg, drawing.svg)
    await writeFile(files.html, page)
    await writeFile(
      files.brief,
      `${JSON.stringify({ brief, look, seed, engineVersion: drawing.engineVersion, sha256: drawing.sha256 }, null, 2)}\n`
    )
    const { heightsPx, upperHeightsPx, baselinePx, columnsPx, lieFactor, elapsedMs, sha256, engineVersion } = drawing
    if (options.json) {
      process.stdout.write(
        `${JSON.stringify({ brief, files, heightsPx, upperHeightsPx, baselinePx, columnsPx, lieFactor, elapsedMs, seed, engineVersion, sha256 })}\n`
      )
      return 0
    }
    process.stdout.write(`${titleOf(brief)}\n`)
    for (const [index, product] of brief.products.entries()) {
      const words = `${rateWords[brief.language][product.rate]}, ${insuredWords[brief.language][product.insured]}`
      process.stdout.write(
        `  ${product.name}: ${printYield(product, brief.language)} (${words}), ${printGain(brief, product)}, ${heightsPx[index]} px\n`
      )
    }
    process.stdout.write(`Lie factor ${lieFactor}, ${elapsedMs} ms. Written to ${options.out}\n`)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}
