/**
 * `mimika evaluate`: the shipped net held against labelled faces, photos or clips. It reads the folder and writes nothing;
 * the document goes to standard output, progress and what was left aside to standard error.
 */
import process from "node:process"
import { seededRandom } from "../../models/illustration/random.ts"
import { type Case, judge } from "../../models/statistics/judgement.ts"
import { type LeftOutReason, leftOutReasons, majorityOf, voteShare } from "../../models/statistics/votes.ts"
import type { Language } from "../report-table.ts"
import { openFaceReader } from "./evaluate-faces.ts"
import { type LabelledFile, labelledFiles } from "./evaluate-folders.ts"
import { evaluationTable } from "./evaluate-table.ts"
import { VoteTable } from "./evaluate-votes.ts"

export interface EvaluateOptions {
  readonly data: string
  readonly detect: boolean
  readonly votes?: string
  readonly json: boolean
  readonly decoder: "auto" | "native" | "wasm"
  readonly lang: Language
}

const progressEveryFiles = 500
/** The bootstrap's: the same files give the same intervals. */
const seed = 1

/** What the document says beside the judgement. */
export interface EvaluationGrounds {
  readonly data: string
  readonly detect: boolean
  /** What the truth is: the folders' names, or the majority of the votes. */
  readonly truth: "labels" | "votes"
  /** Files that were not judged, because their votes name no class. */
  readonly leftOut: number
  readonly leftOutBecause: Readonly<Record<LeftOutReason, number>>
  /** Files that could not be decoded; they are judged, as unreadable. */
  readonly damaged: number
  /** SHA-256 of the weights. */
  readonly model: string
  /** Each clip's answer, which is its most frequent reading, and its frames by reading. */
  readonly clips: readonly ClipAnswer[]
}

interface ClipAnswer {
  readonly file: string
  readonly truth: Case["truth"]
  readonly reading: Case["reading"]
  readonly frames: Readonly<Record<Case["reading"], number>>
}

export async function evaluate(options: EvaluateOptions): Promise<void> {
  const { data, detect, json, lang } = options
  const tell = (line: string) => process.stderr.write(`${line}\n`)
  const files = labelledFiles(data, detect, tell)
  const votes = options.votes === undefined ? undefined : new VoteTable(options.votes)
  const { judged, leftOutBecause } = truthsOf(files, votes)
  const leftOut = files.length - judged.length
  if (judged.length === 0) {
    const first = `the first of ${files.length} is "${files[0]!.name}"`
    throw new Error(
      `Cannot evaluate "${data}": the votes name a class for none of its files; ${first}. Check both paths`
    )
  }
  if (leftOut > 0) tell(`${leftOut} of ${files.length} left out: ${JSON.stringify(leftOutBecause)}`)

  const reader = await openFaceReader({ ...options, tell })
  const cases: Case[] = []
  const clips: ClipAnswer[] = []
  let damaged = 0
  for (const { file, truth, agreementOf } of judged) {
    const answer = await reader.answer(file)
    if (answer.damaged !== undefined) {
      damaged += 1
      tell(answer.damaged)
    }
    const { reading, confidence } = answer
    cases.push({ truth, reading, confidence, agreement: reading === "unreadable" ? 0 : agreementOf(reading) })
    if (answer.frames !== undefined) {
      clips.push({ file: file.name, truth, reading, frames: answer.frames })
      tell(`${file.name}: ${reading} ${JSON.stringify(answer.frames)}`)
    }
    if (cases.length % progressEveryFiles === 0) tell(`${cases.length} / ${judged.length}`)
  }
  const grounds: EvaluationGrounds = {
    data,
    detect,
    truth: votes === undefined ? "labels" : "votes",
    leftOut,
    leftOutBecause,
    damaged,
    model: reader.weightsSha256,
    clips
  }
  await reader.close()
  const judgement = judge(cases, seededRandom(seed))
  const document = { ...judgement, ...grounds }
  process.stdout.write(json ? `${JSON.stringify(document)}\n` : `${evaluationTable(judgement, grounds, lang)}\n`)
}

interface Judged {
  readonly file: LabelledFile
  readonly truth: Case["truth"]
  readonly agreementOf: (reading: Case["truth"]) => number
}

/** What each file is held against, and how many are held against nothing. */
function truthsOf(files: readonly LabelledFile[], table: VoteTable | undefined) {
  const leftOutBecause = Object.fromEntries(leftOutReasons.map((reason) => [reason, 0])) as Record<
    LeftOutReason,
    number
  >
  const judged: Judged[] = []
  for (const file of files) {
    if (table === undefined) {
      judged.push({ file, truth: file.truth, agreementOf: (reading) => Number(reading === file.truth) })
      continue
    }
    const votes = table.of(file.name)
    const majority = majorityOf(votes)
    if (majority === "tie" || majority === "unknownOrNotAFace" || majority === "noVotes") leftOutBecause[majority] += 1
    else judged.push({ file, truth: majority, agreementOf: (reading) => voteShare(votes!, reading) })
  }
  return { judged, leftOutBecause }
}
