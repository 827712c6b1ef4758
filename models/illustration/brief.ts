/**
 * The brief: what a picture of yields is drawn from. It holds what the prompt said and nothing that it did not: what is unknown is null or "unknown".
 */
import type { Language } from "./language.ts"
import type { Insured, RateKind } from "./pieces.ts"

export interface Product {
  /** 1 to 90 characters, as the manager wrote it. */
  readonly name: string
  /** Percent per annum; the lower end of a range. */
  readonly yieldPercent: number
  /** Upper end of a range in percent per annum, null when the yield is one number. */
  readonly yieldPercentTo: number | null
  /** The prompt said "about". */
  readonly approximate: boolean
  readonly rate: RateKind
  readonly insured: Insured
  readonly source: string | null
  /** ISO 8601 day or month. */
  readonly date: string | null
}

export interface Brief {
  readonly language: Language
  readonly products: readonly Product[]
  /** Client's sum in units of `currency`, null when the prompt named none. */
  readonly amount: number | null
  /** ISO 4217, null when the prompt named none. */
  readonly currency: string | null
  /** Months; a term in days is 12/365 of a month each. */
  readonly termMonths: number | null
}

/** Twelve trees side by side on 1920 pixels are the narrowest that keep readable names. */
export const productsMax = 12
export const nameLengthMax = 90
/** A screenful of text; ten times the longest prompt that names twelve products. */
export const promptLengthMax = 2000

export interface BriefError {
  /** Why, as a word for programs: noYield, noName, tooMany, dashOrMinus… */
  readonly code: string
  /** The piece of the prompt that could not be placed. */
  readonly piece: string
  readonly message: string
}

export type BriefAnswer =
  | { readonly ok: true; readonly brief: Brief }
  | { readonly ok: false; readonly error: BriefError }
