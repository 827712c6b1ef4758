/**
 * Products from segments: which name goes with which yield. Names come before yields, after them, or in two lists of equal length.
 * It refuses a name without a yield, a yield without a name, and every order that can be read in two ways.
 */
import { bareIn, readBareYield } from "./bare-yields.ts"
import type { Language } from "./language.ts"
import type { FlagPiece, Insured, RateKind, Sheet, YieldPiece } from "./pieces.ts"
import { cleanName, isConnector, isFiller } from "./product-names.ts"
import { refuse } from "./refusals.ts"

export interface Found {
  name: string
  quoted: boolean
  readonly yield: YieldPiece
  rate: RateKind
  insured: Insured
  source: string | null
  date: string | null
}

type Atom =
  | { readonly kind: "name"; readonly raw: string; readonly quoted: boolean; product?: Found }
  | { readonly kind: "yield"; readonly piece: YieldPiece; product?: Found }
interface Note {
  readonly after: Atom | undefined
  readonly joined: boolean
  readonly apply: (product: Found) => void
  readonly flag: FlagPiece | undefined
  /** It speaks of every product. */
  all: boolean
}
interface Segment {
  readonly text: string
  readonly atoms: Atom[]
  readonly notes: Note[]
}

const hardSeparator = /[\u0001;|]|,(?=\s|$|[\p{L}\ue000-\uf8ff«"])|\s\/\s|[.!?](?=\s+[\p{Lu}\ue000-\uf8ff«"\d]|\s*$)/u

/** Splits at separators; a full stop inside words ("обл. займ") splits only when a sentence has ended. */
const split = (sheet: Sheet): string[] => {
  const parts: string[] = []
  let rest = sheet.text
  let open = ""
  for (let match = rest.match(hardSeparator); match !== null; match = rest.match(hardSeparator)) {
    const before = open + rest.slice(0, match.index)
    rest = rest.slice(match.index! + match[0].length)
    const abbreviation = match[0] === "." && rest.trim() !== "" && !/[\ue000-\uf8ff]/u.test(before) && !isFiller(before)
    if (abbreviation) open = `${before}.`
    else {
      parts.push(before)
      open = ""
    }
  }
  parts.push(open + rest)
  return parts.filter((part) => part.trim() !== "")
}

const trailingNumber =
  /^(.*?\S)\s+((?:минус\s+|minus\s+|[-−+])?(?:\d+(?:[.,]\d+)?|\p{L}+(?:[\s-]\p{L}+)*))\s+(?:и|and|или|or|&)\s*$/iu

/** What leads to an amount or a term and says nothing once they are lifted out. */
const beforeMoney =
  /(?:^|\s)(?:with|on|of|for|from|over|at|in|(?:with\s+|for\s+|on\s+)?(?:an?\s+)?(?:amount|investment|sum|budget|principal)(?:\s+of)?|starting\s+(?:with|from)|having|(?:при|на|с|от|для)\s+(?:сумм|вложени|капитал|бюджет)[а-яё]*|сумм[а-яё]*(?:\s+(?:вложени|инвестици|вклад)[а-яё]*)?|в\s+размере|сроком|на\s+срок|на|в|при|под|с)\s*[:=]?\s*$/i

const isQuoted = (sheet: Sheet, raw: string): boolean => {
  const bare = raw.replace(/[\s:=—–-]+/gu, "")
  return bare.length === 1 && sheet.pieceAt(bare)?.kind === "words"
}

const read = (sheet: Sheet, text: string): Segment => {
  const atoms: Atom[] = []
  const notes: Note[] = []
  let joined = false
  let chunk = ""
  const close = () => {
    const raw = chunk
    chunk = ""
    // "По данным ЦБ на 01.10.2026: …" heads the whole prompt.
    if (atoms.length === 0 && /^\s*:/.test(raw)) for (const note of notes) note.all = true
    if (isConnector(raw)) {
      joined = /\p{L}/u.test(raw)
      return
    }
    joined = false
    // "rate of", "ставка", "to return": words that lead to a yield and name nothing.
    if (cleanName(sheet.expand(raw), { first: false, afterYield: false }) === "") return
    if (atoms.at(-1)?.kind === "yield" && !/[\ue000-\uf8ff]/u.test(raw) && isFiller(raw)) return
    const number = readBareYield(
      raw.replace(/^\s*(?:и|and|или|or|,)\s+/iu, "").replace(/\s+(?:и|and|или|or)\s*$/iu, "")
    )
    if (number !== null) {
      atoms.push({ kind: "yield", piece: number })
      return
    }
    const ends = raw.match(trailingNumber)
    const listed = ends === null ? null : readBareYield(ends[2]!)
    atoms.push({ kind: "name", raw: listed === null ? raw : ends![1]!, quoted: isQuoted(sheet, raw) })
    if (listed !== null) atoms.push({ kind: "yield", piece: listed })
  }
  for (const character of text) {
    const piece = sheet.pieceAt(character)
    if (piece === undefined || piece.kind === "words") {
      chunk += character
      continue
    }
    if (piece.kind === "money" || piece.kind === "term") {
      chunk = `${chunk.replace(beforeMoney, "")} `
      continue
    }
    close()
    if (piece.kind === "yield") atoms.push({ kind: "yield", piece })
    else {
      const apply = (product: Found) => {
        if (piece.kind === "source") product.source = piece.source
        else if (piece.kind === "date") product.date = piece.date
        else {
          if (piece.rate !== "unknown") product.rate = piece.rate
          if (piece.insured !== "unknown") product.insured = piece.insured
        }
      }
      notes.push({
        after: atoms.at(-1),
        joined,
        apply,
        flag: piece.kind === "flag" ? piece : undefined,
        all: piece.kind === "flag" && piece.all
      })
    }
  }
  close()
  return { text, atoms, notes }
}

const qualifier =
  /^\s*(?:в|во|на|с|со|для|без|in|with|for|without|per|via|through|от|из|до|\ue000|[\ue000-\uf8ff])(?=\s|$)/iu

export const findProducts = (sheet: Sheet, language: Language): Found[] => {
  const products: Found[] = []
  let firstName = true
  const nameOf = (raw: string, afterYield: boolean): string => {
    const name = sheet.expand(cleanName(sheet.expand(raw), { first: firstName, afterYield })).trim()
    return name
  }
  const make = (name: Atom & { kind: "name" }, amount: Atom & { kind: "yield" }, afterYield: boolean): Found => {
    const cleaned = nameOf(name.raw, afterYield)
    if (cleaned === "") throw refuse("noName", amount.piece.text, language)
    firstName = false
    const product: Found = {
      name: cleaned,
      quoted: name.quoted,
      yield: amount.piece,
      rate: "unknown",
      insured: "unknown",
      source: null,
      date: null
    }
    name.product = product
    amount.product = product
    products.push(product)
    return product
  }

  const segments = split(sheet).map((text) => read(sheet, text))
  for (const segment of segments) {
    if (segment.atoms.some((atom) => atom.kind === "yield")) continue
    const name = segment.atoms.findLast((atom) => atom.kind === "name")
    const bare =
      name === undefined || name.quoted || segment.atoms.length > 1 ? null : bareIn(sheet.expand(name.raw), language)
    if (bare !== null) segment.atoms.splice(0, 1, ...bare)
  }
  // The request itself ("Сравни", "что выгоднее?") holds no product.
  for (const segment of segments) {
    const first = segment.atoms[0]
    const isYieldFirst =
      segment.atoms.every((atom, index) => (atom.kind === "name") === (index % 2 === 0)) &&
      segment.atoms.length % 2 === 1
    if (first?.kind !== "name" || first.quoted) continue
    if ((segment.atoms.length === 1 || isYieldFirst) && isFiller(sheet.expand(first.raw))) segment.atoms.shift()
  }

  const shape = (atoms: readonly Atom[]) => atoms.map((atom) => (atom.kind === "name" ? "N" : "Y")).join("")
  let all = segments.flatMap((segment) => segment.atoms)
  const selfSufficient = segments.every((segment) => /^(?:(?:NY)*|(?:YN)*|NYN)$/.test(shape(segment.atoms)))
  if (!selfSufficient) {
    const lists = shape(all).match(/^(N+)(Y+)$|^(Y+)(N+)$/)
    const yieldCount = lists === null ? 0 : (lists[2] ?? lists[3]!).length
    if (lists !== null && yieldCount > 1 && (lists[1] ?? lists[4]!).length < yieldCount) {
      all = all.flatMap((atom): Atom[] =>
        atom.kind === "yield" || atom.quoted
          ? [atom]
          : atom.raw
              .split(/\s+(?:и|and|или|or|&|vs\.?|против)\s+/iu)
              .map((raw) => ({ kind: "name", raw, quoted: false }))
      )
    }
    const names = all.filter((atom) => atom.kind === "name")
    const yields = all.filter((atom) => atom.kind === "yield")
    if (lists !== null && names.length === yields.length && names.length > 1) {
      for (const [index, name] of names.entries()) make(name, yields[index]!, false)
      for (const segment of segments)
        for (const note of segment.notes) for (const product of products) note.apply(product)
      return products
    }
  }

  for (const [index, segment] of segments.entries()) {
    const atoms = segment.atoms
    const form = shape(atoms)
    const next = segments[index + 1]
    if (/^(?:NY)+$/.test(form) || /^(?:YN)+$/.test(form)) {
      const afterYield = form.startsWith("Y")
      for (let at = 0; at < atoms.length; at += 2) {
        const name = atoms[afterYield ? at + 1 : at] as Atom & { kind: "name" }
        make(name, atoms[afterYield ? at : at + 1] as Atom & { kind: "yield" }, afterYield)
      }
    } else if (/^(?:NY)+N$/.test(form)) {
      const last = atoms.at(-1) as Atom & { kind: "name" }
      const isQualifier = qualifier.test(last.raw) && !/(?:^|\s)(?:и|and)\s/iu.test(last.raw)
      if (!isQualifier && !isFiller(sheet.expand(last.raw))) throw refuse("noYield", nameOf(last.raw, true), language)
      for (let at = 0; at + 1 < atoms.length; at += 2)
        make(atoms[at] as Atom & { kind: "name" }, atoms[at + 1] as Atom & { kind: "yield" }, false)
      const product = products.at(-1)!
      if (isQualifier)
        product.name = `${product.name} ${sheet
          .expand(last.raw)
          .trim()
          .replace(/[\s.!?:]+$/u, "")}`
      last.product = product
    } else if (
      (form === "N" || form === "Y") &&
      next !== undefined &&
      shape(next.atoms) === (form === "N" ? "Y" : "N")
    ) {
      const pair = [...atoms, ...next.atoms]
      make(pair.find((atom) => atom.kind === "name")!, pair.find((atom) => atom.kind === "yield")!, form === "Y")
      next.atoms.length = 0
    } else if (form !== "") {
      const name = atoms.find((atom) => atom.kind === "name")
      const amount = atoms.find((atom) => atom.kind === "yield")
      if (amount === undefined) throw refuse("noYield", nameOf((name as Atom & { kind: "name" }).raw, false), language)
      if (name === undefined) throw refuse("noName", amount.piece.text, language)
      throw refuse("unclear", sheet.expand(segment.text), language)
    }
    const here = products.filter(
      (product) =>
        atoms.some((atom) => atom.product === product) || (next?.atoms.length === 0 && product === products.at(-1))
    )
    for (const note of segment.notes) {
      if (note.all) continue
      if (atoms.length === 0 && note.flag === undefined) continue
      if (here.length === 0) {
        const previous = products.at(-1)
        if (previous === undefined) throw refuse("unclear", sheet.expand(segment.text), language)
        note.apply(previous)
        continue
      }
      const after = note.after === undefined ? -1 : atoms.indexOf(note.after)
      const target =
        (note.joined ? undefined : note.after?.product) ?? atoms[after + 1]?.product ?? note.after?.product ?? here[0]!
      note.apply(target)
    }
  }
  applyToAll(segments, products)
  return products
}

/** What stands alone, or says "all", is said of every product that says nothing else itself. */
const applyToAll = (segments: readonly Segment[], products: readonly Found[]) => {
  for (const segment of segments) {
    for (const note of segment.notes) {
      const alone = segment.atoms.length === 0 && note.flag === undefined
      if (!alone && !note.all) continue
      for (const product of products) {
        const own = { ...product }
        note.apply(product)
        if (own.source !== null) product.source = own.source
        if (own.date !== null) product.date = own.date
        if (own.rate !== "unknown") product.rate = own.rate
        if (own.insured !== "unknown") product.insured = own.insured
      }
    }
  }
}
