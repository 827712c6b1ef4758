/** `mimika illustrate` writes five files or none, and the thread that draws can be ended. */
import { mkdtemp, readdir, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it, vi } from "vitest"
import { illustrateCommand } from "../../infra/illustration/illustrate-command.ts"
import { createThreadedIllustrator } from "../../infra/illustration/illustrator-thread.ts"
import { defaultLook } from "../../models/illustration/look.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"

const run = async (prompt: string, options: { scene?: string } = {}) => {
  const parent = await mkdtemp(join(tmpdir(), "mimika-illustrate-"))
  const out = join(parent, "out")
  const said = { stdout: "", stderr: "" }
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream] += String(text)
      return true
    })
  )
  const code = await illustrateCommand(prompt, { out, json: true, ...options }).finally(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return { code, out, files: await readdir(out).catch(() => []), ...said }
}

describe("illustrateCommand()", () => {
  it("writes the pictures, the page and the brief, and answers them as JSON", async () => {
    const { code, out, files, stdout, stderr } = await run(
      "Обычный депозит 10 %, золото в ОМС 11 %, золото в слитках 12 %"
    )
    expect([code, stderr]).toEqual([0, ""])
    expect(files.sort()).toEqual([
      "brief.json",
      "picture-1024x1024.png",
      "picture-1920x1080.png",
      "picture.html",
      "picture.svg"
    ])
    const answer = JSON.parse(stdout) as {
      brief: { products: { name: string; yieldPercent: number }[] }
      heightsPx: number[]
      lieFactor: number
      elapsedMs: number
    }
    expect(answer.brief.products.map(({ yieldPercent }) => yieldPercent)).toEqual([10, 11, 12])
    expect(answer.heightsPx.map((height) => height / answer.heightsPx[2]!)).toEqual([10 / 12, 11 / 12, 1])
    expect(answer.lieFactor).toBe(1)
    const png = await readFile(join(out, "picture-1920x1080.png"))
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1920, 1080])
  })
  it("writes nothing for a prompt that cannot be placed, and says which piece", async () => {
    const { code, files, stdout, stderr } = await run("вклад 10 %, золото в слитках")
    expect(code).not.toBe(0)
    expect([files, stdout]).toEqual([[], ""])
    expect(stderr).toContain("золото в слитках")
  })
  it("writes nothing for a scene that does not exist", async () => {
    const { code, files, stderr } = await run("вклад 10 %", { scene: "ocean liner" })
    expect([code, files]).toEqual([2, []])
    expect(stderr).toContain("trees, coins, skyline")
  })
})

describe("the engine on its thread", () => {
  const illustrator = createThreadedIllustrator()
  afterAll(() => illustrator.close())
  const answer = parsePrompt("deposit 5%, bonds 7%")
  if (!answer.ok) throw new Error(answer.error.message)
  const { brief } = answer

  it("ends a picture when a newer one is wanted, and draws the newer", async () => {
    const older = illustrator.draw(brief, defaultLook, 1)
    const newer = illustrator.draw(brief, defaultLook, 2)
    await expect(older).rejects.toMatchObject({ name: "DrawingCancelled" })
    await expect(newer).resolves.toMatchObject({ seed: 2, lieFactor: 1 })
  })
  it("ends on an abort and on a time-out, and draws again afterwards", async () => {
    const abort = new AbortController()
    const aborted = illustrator.draw(brief, defaultLook, 3, { signal: abort.signal })
    abort.abort()
    await expect(aborted).rejects.toMatchObject({ name: "DrawingCancelled" })
    await expect(illustrator.draw(brief, defaultLook, 4, { timeoutMs: 1 })).rejects.toMatchObject({
      name: "DrawingTimedOut"
    })
    await expect(illustrator.draw(brief, defaultLook, 5)).resolves.toMatchObject({ seed: 5 })
  })
  it("draws the same bytes for the same brief, look and seed", async () => {
    const [first, second] = [
      await illustrator.draw(brief, defaultLook, 6),
      await illustrator.draw(brief, defaultLook, 6)
    ]
    expect(second.sha256).toBe(first.sha256)
    expect(Buffer.compare(first.pngWide, second.pngWide)).toBe(0)
  })
})
