/**
 * A prompt on the bench: each piece that was understood is lifted out and leaves one private character in its place, so
 * that later rules cannot read it a second time. It refuses nothing itself; refusals are thrown as `BriefRefusal`.
 */

export type RateKind = "contract" | "forecast" | "unknown"
export type Insured = "yes" | "no" | "unknown"

export interface YieldPiece {
  readonly kind: "yield"
  readonly text: string
  readonly from: number
  readonly to: number | null
  readonly approximate: boolean
}
export interface MoneyPiece {
  readonly kind: "money"
  readonly text: string
  readonly amount: number
  readonly currency: string | null
}
export interface TermPiece {
  readonly kind: "term"
  readonly text: string
  readonly months: number
}
export interface FlagPiece {
  readonly kind: "flag"
  readonly text: string
  readonly rate: RateKind
  readonly insured: Insured
  /** True for "все по договору", "all insured": it speaks of every product. */
  readonly all: boolean
}
export interface SourcePiece {
  readonly kind: "source"
  readonly text: string
  readonly source: string
}
export interface DatePiece {
  readonly kind: "date"
  readonly text: string
  /** ISO 8601: a day or a month. */
  readonly date: string
}
/** Quoted or bracketed words that stand as they are. */
export interface WordsPiece {
  readonly kind: "words"
  readonly text: string
  readonly quoted: boolean
}
export type Piece = YieldPiece | MoneyPiece | TermPiece | FlagPiece | SourcePiece | DatePiece | WordsPiece

/** The prompt holds a piece that cannot be placed. `piece` is that piece in the prompt's own words. */
export class BriefRefusal extends Error {
  readonly code: string
  readonly piece: string
  constructor(code: string, piece: string, message: string) {
    super(message)
    this.name = "BriefRefusal"
    this.code = code
    this.piece = piece
  }
}

const firstCode = 0xe000
/** The private use area of Unicode ends here, so one prompt holds at most 6,400 pieces; prompts are far shorter. */
const lastCode = 0xf8ff
export const pieceCharacter = "[\\ue000-\\uf8ff]"
const pieceCharacters = new RegExp(pieceCharacter, "g")

export class Sheet {
  text: string
  readonly pieces: Piece[] = []

  constructor(text: string) {
    this.text = text.replace(pieceCharacters, " ")
  }

  /** Lifts a piece out of the text and answers the character that stands for it. */
  lift(piece: Piece): string {
    const code = firstCode + this.pieces.length
    if (code > lastCode) throw new RangeError("Cannot lift another piece: the prompt is longer than any that is read")
    this.pieces.push(piece)
    return String.fromCharCode(code)
  }

  /** Replaces every match by the piece that `build` makes of it; a null leaves the match as it was. */
  take(pattern: RegExp, build: (match: RegExpMatchArray) => Piece | null): void {
    let taken = ""
    let at = 0
    for (const match of this.text.matchAll(pattern)) {
      const piece = build(match)
      if (piece === null) continue
      taken += `${this.text.slice(at, match.index)} ${this.lift({ ...piece, text: this.expand(piece.text).trim() })} `
      at = match.index + match[0].length
    }
    this.text = taken + this.text.slice(at)
  }

  pieceAt(character: string): Piece | undefined {
    return this.pieces[character.charCodeAt(0) - firstCode]
  }

  /** The text with every lifted piece written out again. */
  expand(text: string): string {
    return text
      .replace(pieceCharacters, (character) => {
        const piece = this.pieceAt(character)
        return piece === undefined ? " " : piece.text
      })
      .replace(/[ \t\u0001]+/g, " ")
  }
}
