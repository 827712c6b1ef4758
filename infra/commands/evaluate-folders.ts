/**
 * Faces sorted into a folder per class: which files there are, and what each is said to show. It opens none of them.
 * What cannot be understood is an error; what is left aside is told.
 */
import { readdirSync, statSync } from "node:fs"
import { basename, extname, join } from "node:path"
import type { ReadingClass } from "../../machines/reading.ts"

export interface LabelledFile {
  readonly path: string
  /** Folder and file name, as votes name it. */
  readonly name: string
  readonly truth: ReadingClass
  readonly kind: "picture" | "clip"
}

/** Names of the expressions in FER2013, in FER+ and in common speech, and those of the classes. */
const classOfFolder: Readonly<Record<string, ReadingClass>> = {
  negative: "negative",
  angry: "negative",
  anger: "negative",
  disgust: "negative",
  disgusted: "negative",
  fear: "negative",
  fearful: "negative",
  sad: "negative",
  sadness: "negative",
  contempt: "negative",
  neutral: "neutral",
  positive: "positive",
  happy: "positive",
  happiness: "positive",
  surprise: "positive",
  surprised: "positive"
}

const pictureEndings = ["jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "pgm"]
const clipEndings = ["mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "mts", "ts", "3gp", "mjpeg", "clip"]

/** In the order of their names, so that two runs read the same. `tell` hears of what is left aside. */
export function labelledFiles(folder: string, detect: boolean, tell: (line: string) => void): readonly LabelledFile[] {
  const refuse = (why: string, advice: string) => new Error(`Cannot evaluate "${folder}": ${why}. ${advice}`)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw refuse("there is no such folder", "Check the path")
  }
  const known = "angry, disgust, fear, happy, neutral, sad, surprise, or negative, neutral, positive"
  const files: LabelledFile[] = []
  const unknown: string[] = []
  for (const entry of namesIn(folder)) {
    const path = join(folder, entry)
    if (!statSync(path).isDirectory()) {
      tell(`"${path}" is left aside: it lies in no class's folder`)
      continue
    }
    const truth = classOfFolder[entry.toLowerCase()]
    if (truth === undefined) unknown.push(entry)
    else files.push(...filesOfClass(path, truth, detect, tell))
  }
  if (unknown.length > 0) {
    const inside = unknown.find((entry) =>
      namesIn(join(folder, entry)).some((name) => name.toLowerCase() in classOfFolder)
    )
    const advice = inside === undefined ? "Rename it or take it out" : `Did you mean --data ${join(folder, inside)}?`
    throw refuse(`"${unknown.join('", "')}" is no class: the folders are ${known}`, advice)
  }
  if (files.length === 0) throw refuse("there is not one face in it", `It needs a folder per class: ${known}`)
  return files
}

function filesOfClass(
  folder: string,
  truth: ReadingClass,
  detect: boolean,
  tell: (line: string) => void
): readonly LabelledFile[] {
  const files: LabelledFile[] = []
  for (const entry of namesIn(folder)) {
    const path = join(folder, entry)
    const ending = extname(entry).slice(1).toLowerCase()
    const kind = pictureEndings.includes(ending) ? "picture" : clipEndings.includes(ending) ? "clip" : undefined
    if (kind === undefined || !statSync(path).isFile()) {
      tell(`"${path}" is left aside: it is neither a picture nor a clip by its name`)
    } else if (kind === "clip" && !detect) {
      throw new Error(`Cannot evaluate "${path}": a clip is no 48 x 48 face. Use --detect for photos and clips`)
    } else {
      files.push({ path, name: `${basename(folder)}/${entry}`, truth, kind })
    }
  }
  if (files.length === 0) tell(`"${folder}" is empty`)
  return files
}

const namesIn = (folder: string): readonly string[] =>
  statSync(folder).isDirectory()
    ? readdirSync(folder)
        .filter((name) => !name.startsWith("."))
        .sort()
    : []
