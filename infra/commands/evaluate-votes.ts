/**
 * A CSV file of FER+ votes. Columns are found by their names and rows by folder and file name, whatever folders stand
 * before those; a column of bare file names is matched by them alone.
 */
import { readFileSync } from "node:fs"
import { readingClasses } from "../../machines/reading.ts"
import { classOfVote, type Votes } from "../../models/statistics/votes.ts"

const unusableColumns = ["unknown", "nf"]
/** What the column of files is called, here and in the file that Microsoft published. */
const fileColumns = ["file", "path", "image", "image name", "filename"]

export class VoteTable {
  readonly #votes = new Map<string, Votes>()

  constructor(file: string) {
    const refuse = (why: string) =>
      new Error(
        `Cannot read the votes "${file}": ${why}. ` +
          `It needs the columns file, ${Object.keys(classOfVote).join(", ")}, unknown, NF, separated by commas`
      )
    let text: string
    try {
      text = readFileSync(file, "utf8")
    } catch (error) {
      throw refuse(error instanceof Error ? error.message : String(error))
    }
    const [header = "", ...rows] = text.replace(/^\ufeff/, "").split(/\r?\n/)
    const titles = header.split(",").map((title) => title.trim().toLowerCase())
    const fileAt = titles.findIndex((title) => fileColumns.includes(title))
    const missing = [...Object.keys(classOfVote), ...unusableColumns].filter((title) => !titles.includes(title))
    if (fileAt === -1) throw refuse("no column names the files")
    if (missing.length > 0) throw refuse(`it lacks ${missing.join(", ")}`)
    for (const [index, row] of rows.entries()) {
      if (row.trim() === "") continue
      const cells = row.split(",").map((cell) => cell.trim())
      const name = matchName(cells[fileAt] ?? "")
      const at = `line ${index + 2}`
      const votesIn = (title: string) => {
        const votes = Number(cells[titles.indexOf(title)] || Number.NaN)
        if (!Number.isFinite(votes) || votes < 0) throw refuse(`${at} has no number of votes for ${title}`)
        return votes
      }
      const classes = { negative: 0, neutral: 0, positive: 0 }
      for (const [title, votedClass] of Object.entries(classOfVote)) classes[votedClass] += votesIn(title)
      const votes = { classes, unusable: unusableColumns.reduce((sum, title) => sum + votesIn(title), 0) }
      const earlier = this.#votes.get(name)
      if (earlier !== undefined && !isSame(earlier, votes))
        throw refuse(`${at} contradicts an earlier one on "${name}"`)
      // A row of the published file whose picture was taken out has no name.
      if (name !== "") this.#votes.set(name, votes)
    }
  }

  get size(): number {
    return this.#votes.size
  }

  /** `name` is folder and file name. */
  of(name: string): Votes | undefined {
    const match = matchName(name)
    return this.#votes.get(match) ?? this.#votes.get(match.slice(match.lastIndexOf("/") + 1))
  }
}

/** The last folder and the file name, without its ending: the same faces are kept as JPEG here and as PNG there. */
const matchName = (path: string): string =>
  path
    .split(/[\\/]/)
    .slice(-2)
    .join("/")
    .replace(/\.[a-z0-9]{2,4}$/i, "")

const isSame = (a: Votes, b: Votes): boolean =>
  a.unusable === b.unusable && readingClasses.every((name) => a.classes[name] === b.classes[name])
