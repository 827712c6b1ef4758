/** What an evaluation reads, what it refuses and what it prints; never how good the weights are. */
import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { mostFrequent } from "../../infra/commands/evaluate-faces.ts"
import { labelledFiles } from "../../infra/commands/evaluate-folders.ts"
import { VoteTable } from "../../infra/commands/evaluate-votes.ts"
import type { FrameOutcome } from "../../models/vision/outcome.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const faces = fileURLToPath(new URL("../fixtures/faces", import.meta.url))
const pictures = fileURLToPath(new URL("../fixtures/pictures", import.meta.url))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mimika-evaluate-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const inFolder = (name: string, files: Readonly<Record<string, string>>) => {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, file, ".."), { recursive: true })
    writeFileSync(join(folder, name, file), text)
  }
  return join(folder, name)
}

/** What the command prints, and how it ends. */
const run = (...parameters: readonly string[]) =>
  new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((done) => {
    const child = execFile(
      process.execPath,
      ["main.ts", "evaluate", ...parameters],
      { cwd: root },
      (_, stdout, stderr) => done({ code: child.exitCode ?? -1, stdout, stderr })
    )
  })

describe("labelledFiles()", () => {
  it("takes seven names, three names and those of FER+, in a stable order", () => {
    const data = inFolder("names", {
      "sadness/b.jpg": "",
      "sadness/a.png": "",
      "contempt/c.jpg": "",
      "positive/d.JPG": ""
    })
    const files = labelledFiles(data, false, () => {})
    expect(files.map(({ name, truth }) => `${name} ${truth}`)).toEqual([
      "contempt/c.jpg negative",
      "positive/d.JPG positive",
      "sadness/a.png negative",
      "sadness/b.jpg negative"
    ])
  })

  it("refuses a folder that is no class, and says where the classes are", () => {
    const data = inFolder("split", { "validation/angry/a.jpg": "" })
    expect(() => labelledFiles(data, false, () => {})).toThrow(/"validation" is no class.*Did you mean .*validation\?/s)
    expect(() => labelledFiles(inFolder("odd", { "bored/a.jpg": "" }), false, () => {})).toThrow('"bored" is no class')
  })

  it("refuses what holds no face, and a clip among faces", () => {
    expect(() => labelledFiles(join(folder, "missing"), false, () => {})).toThrow("there is no such folder")
    expect(() => labelledFiles(inFolder("bare", { "note.txt": "" }), false, () => {})).toThrow("not one face")
    const data = inFolder("clips", { "happy/a.mp4": "" })
    expect(() => labelledFiles(data, false, () => {})).toThrow("Use --detect")
    expect(labelledFiles(data, true, () => {})).toMatchObject([{ kind: "clip", truth: "positive" }])
  })

  it("tells what it leaves aside and which class is empty", () => {
    const told: string[] = []
    const data = inFolder("rest", { "happy/a.jpg": "", "sad/notes.txt": "", "labels.csv": "", "happy/.hidden": "" })
    expect(labelledFiles(data, false, (line) => told.push(line))).toHaveLength(1)
    expect(told.map((line) => line.replace(folder, ""))).toEqual([
      expect.stringContaining("labels.csv"),
      expect.stringContaining("notes.txt"),
      expect.stringMatching(/sad" is empty/)
    ])
  })
})

describe("VoteTable", () => {
  const header = "file,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
  const table = (...rows: readonly string[]) =>
    new VoteTable(
      join(inFolder(`votes-${rows.length}-${rows[0]?.length}`, { "v.csv": [header, ...rows, ""].join("\n") }), "v.csv")
    )

  it("matches by folder and file, whatever stands before them and whatever the picture's format", () => {
    const votes = table("train/angry/a.jpg,1,2,3,0,1,1,1,1,4,1", "bare.jpg,10,0,0,0,0,0,0,0,0,0")
    expect(votes.of("angry/a.jpg")).toEqual({ classes: { negative: 4, neutral: 1, positive: 5 }, unusable: 5 })
    expect(votes.of("angry/a.png")).toEqual(votes.of("angry/a.jpg"))
    expect(votes.of("happy/a.jpg")).toBeUndefined()
    expect(votes.of("happy/bare.jpg")).toMatchObject({ classes: { neutral: 10 } })
  })

  it("refuses a file without its columns, a cell that is no number, and rows that contradict each other", () => {
    const wrong = join(inFolder("wrong", { "v.csv": "file,neutral\n" }), "v.csv")
    expect(() => new VoteTable(wrong)).toThrow("it lacks happiness")
    expect(() => new VoteTable(join(folder, "none.csv"))).toThrow("Cannot read the votes")
    expect(() => table("a/b.jpg,x,0,0,0,0,0,0,0,0,0")).toThrow("line 2 has no number of votes for neutral")
    const [one, other] = ["train/a/b.jpg,1,0,0,0,0,0,0,0,0,0", "test/a/b.jpg,0,1,0,0,0,0,0,0,0,0"]
    expect(() => table(one!, other!)).toThrow('line 3 contradicts an earlier one on "a/b"')
  })
})

describe("mostFrequent()", () => {
  const read = (reading: "negative" | "neutral" | "positive", sure: number): FrameOutcome => {
    const rest = 1000 - sure
    const seven = {
      negative: [sure, 0, 0, 0, rest, 0, 0],
      neutral: [rest, 0, 0, 0, sure, 0, 0],
      positive: [rest, 0, 0, sure, 0, 0, 0]
    }
    const face = { xPx: 0, yPx: 0, widthPx: 50, heightPx: 50 }
    const times = { grayUs: 0, detectUs: 0, predictUs: 0 }
    return {
      kind: "read",
      ...times,
      widthPx: 1,
      heightPx: 1,
      face,
      faceCount: 1,
      probabilitiesPermille: seven[reading],
      reading
    }
  }
  const missed: FrameOutcome = { kind: "damaged", reason: "corrupt" }

  it("is a clip's answer, and is as sure as the net was on average", () => {
    const answer = mostFrequent([read("neutral", 800), read("neutral", 600), read("negative", 900)])
    expect(answer.reading).toBe("neutral")
    expect(answer.confidence).toBeCloseTo((0.8 + 0.6 + 0.1) / 3)
  })

  it("is unreadable when most frames are, and when there are none", () => {
    expect(mostFrequent([missed, missed, read("positive", 900)])).toEqual({ reading: "unreadable", confidence: 0 })
    expect(mostFrequent([])).toEqual({ reading: "unreadable", confidence: 0 })
  })

  it("takes the surer of two equally frequent ones", () => {
    expect(mostFrequent([read("negative", 600), read("positive", 900)]).reading).toBe("positive")
  })
})

describe("mimika evaluate", () => {
  it("prints one JSON document that adds up, and never refuses a face", async () => {
    const { code, stdout } = await run("--data", faces, "--json")
    expect(code).toBe(0)
    const document = JSON.parse(stdout)
    expect(document).toMatchObject({ n: 4, unreadable: 0, damaged: 0, leftOut: 0, truth: "labels", detect: false })
    expect(document.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(4)
    expect(document.intervals.accuracy).toEqual({ low: expect.any(Number), high: expect.any(Number) })
  })

  it("judges by votes when they are given, and leaves out what has none", async () => {
    const votes = inFolder("fer", {
      "votes.csv": [
        "file,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF",
        "x/neutral/london-002.jpg,0,10,0,0,0,0,0,0,0,0",
        "x/happy/london-002.jpg,5,5,0,0,0,0,0,0,0,0"
      ].join("\n")
    })
    const { stdout } = await run("--data", faces, "--votes", join(votes, "votes.csv"), "--json")
    const document = JSON.parse(stdout)
    expect(document).toMatchObject({ n: 1, leftOut: 3, leftOutBecause: { tie: 1, noVotes: 2 }, truth: "votes" })
    expect(document.recall).toMatchObject({ negative: null, neutral: null })
  })

  it("counts a damaged face as unreadable and says which", async () => {
    const data = join(folder, "damage")
    cpSync(faces, data, { recursive: true, filter: (file) => !file.endsWith(".md") })
    writeFileSync(join(data, "happy", "cut.jpg"), Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 9]))
    const { stdout, stderr } = await run("--data", data, "--json")
    expect(JSON.parse(stdout)).toMatchObject({ n: 5, unreadable: 1, damaged: 1, unreadableByClass: { positive: 1 } })
    expect(stderr).toContain("cut.jpg")
  })

  it("refuses a photo among faces, and reads it with --detect; a clip answers once", async () => {
    const data = join(folder, "photos")
    mkdirSync(join(data, "neutral"), { recursive: true })
    cpSync(join(pictures, "london-002-neutral.jpg"), join(data, "neutral", "a.jpg"))
    cpSync(join(root, "demo", "neutral-to-smile.clip"), join(data, "happy", "b.clip"))
    expect((await run("--data", join(data), "--json")).stderr).toContain("Use --detect")
    const { code, stdout } = await run("--data", data, "--detect", "--json")
    expect(code).toBe(0)
    const document = JSON.parse(stdout)
    expect(document).toMatchObject({ n: 2, unreadable: 0, detect: true })
    expect(document.clips).toMatchObject([{ file: "happy/b.clip", truth: "positive" }])
    const frames: number[] = Object.values(document.clips[0].frames)
    expect(frames.reduce((sum, count) => sum + count)).toBe(270)
  })

  it("prints a table in words when no JSON is asked for", async () => {
    const { stdout } = await run("--data", faces, "--lang", "en")
    expect(stdout).toContain("F1, negative")
    expect(stdout).toContain("Judged: 4, unreadable: 0")
  })
})
