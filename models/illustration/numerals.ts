/**
 * Numbers as people write them, in digits and in Russian or English words, cases included.
 * It refuses what is not one number ("ten twelve"): the answer is null, never a guess.
 */

const ones: Record<string, number> = {}
const tens: Record<string, number> = {}
const hundreds: Record<string, number> = {}
const scales: Record<string, number> = {}

const say = (table: Record<string, number>, value: number, words: string) => {
  for (const word of words.split(" ")) table[word] = value
}
say(ones, 0, "ноль нуль ноля нуля нулю zero nil")
say(ones, 1, "один одна одно одного одной одному одну one")
say(ones, 2, "два две двух двум двумя two")
say(ones, 3, "три трёх трех трём трем тремя three")
say(ones, 4, "четыре четырёх четырех четырём четырем четырьмя four")
say(ones, 5, "пять пяти пятью five")
say(ones, 6, "шесть шести шестью six")
say(ones, 7, "семь семи семью seven")
say(ones, 8, "восемь восьми восемью eight")
say(ones, 9, "девять девяти девятью nine")
say(ones, 10, "десять десяти десятью ten")
say(ones, 11, "одиннадцать одиннадцати одиннадцатью eleven")
say(ones, 12, "двенадцать двенадцати двенадцатью twelve")
say(ones, 13, "тринадцать тринадцати тринадцатью thirteen")
say(ones, 14, "четырнадцать четырнадцати четырнадцатью fourteen")
say(ones, 15, "пятнадцать пятнадцати пятнадцатью fifteen")
say(ones, 16, "шестнадцать шестнадцати шестнадцатью sixteen")
say(ones, 17, "семнадцать семнадцати семнадцатью seventeen")
say(ones, 18, "восемнадцать восемнадцати восемнадцатью eighteen")
say(ones, 19, "девятнадцать девятнадцати девятнадцатью nineteen")
say(tens, 20, "двадцать двадцати двадцатью twenty")
say(tens, 30, "тридцать тридцати тридцатью thirty")
say(tens, 40, "сорок сорока forty")
say(tens, 50, "пятьдесят пятидесяти пятьюдесятью fifty")
say(tens, 60, "шестьдесят шестидесяти шестьюдесятью sixty")
say(tens, 70, "семьдесят семидесяти семьюдесятью seventy")
say(tens, 80, "восемьдесят восьмидесяти восемьюдесятью eighty")
say(tens, 90, "девяносто девяноста ninety")
say(hundreds, 100, "сто ста")
say(hundreds, 200, "двести двухсот")
say(hundreds, 300, "триста трёхсот трехсот")
say(hundreds, 400, "четыреста четырёхсот четырехсот")
say(hundreds, 500, "пятьсот пятисот")
say(hundreds, 600, "шестьсот шестисот")
say(hundreds, 700, "семьсот семисот")
say(hundreds, 800, "восемьсот восьмисот")
say(hundreds, 900, "девятьсот девятисот")
say(scales, 1e3, "тысяча тысячи тысяч тысячу thousand")
say(scales, 1e6, "миллион миллиона миллионов million")
say(scales, 1e9, "миллиард миллиарда миллиардов billion")

const halves = new Set(["половиной", "половина", "half"])
const quarters = new Set(["четвертью", "quarter"])
const wholes = new Set(["целых", "целая", "целые"])
const tenths = new Set(["десятых", "десятая", "десятые"])
const hundredths = new Set(["сотых", "сотая", "сотые"])
const glue = new Set(["с", "и", "and", "a"])
const oneAndHalf = new Set(["полтора", "полторы", "полутора"])

const numeralWords = new Set([
  ...[ones, tens, hundreds, scales].flatMap((table) => Object.keys(table)),
  ...[halves, quarters, wholes, tenths, hundredths, oneAndHalf].flatMap((words) => [...words]),
  "hundred",
  "point",
  "запятая"
])
/** Words that a written number may hold; in lower case. */
export const isNumeralWord = (word: string): boolean => numeralWords.has(word)
export const isNumeralGlue = (word: string): boolean => glue.has(word)
export const isScaleWord = (word: string): boolean => scales[word] !== undefined

/** Sum of a group below a thousand, read strictly from large to small; the count of words taken, 0 if none. */
const readGroup = (words: readonly string[]): { value: number; taken: number } => {
  let value = 0
  let taken = 0
  let ceiling = 1000
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!
    if (word === "hundred" && taken === 1 && value < 10) {
      value *= 100
      ceiling = 100
    } else if (hundreds[word] !== undefined && ceiling === 1000) {
      value += hundreds[word]
      ceiling = 100
    } else if (tens[word] !== undefined && ceiling >= 100) {
      value += tens[word]
      ceiling = 10
    } else if (ones[word] !== undefined && (ceiling >= 100 || (ceiling === 10 && ones[word] > 0 && ones[word] < 10))) {
      value += ones[word]
      ceiling = words[index + 1] === "hundred" ? 1000 : 1
    } else if (word === "and" && words[index - 1] === "hundred") {
      // "one hundred and five": the word says nothing.
    } else return { value, taken }
    taken = index + 1
  }
  return { value, taken }
}

const readWhole = (words: readonly string[]): number | null => {
  let total = 0
  let scaleBelow = Number.POSITIVE_INFINITY
  let rest = words
  while (rest.length > 0) {
    const group = readGroup(rest)
    const scale = scales[rest[group.taken] ?? ""]
    if (scale === undefined) return group.taken === rest.length && group.taken > 0 ? total + group.value : null
    if (scale >= scaleBelow) return null
    total += (group.taken === 0 ? 1 : group.value) * scale
    scaleBelow = scale
    rest = rest.slice(group.taken + 1)
  }
  return total
}

/** Value of a number written in words ("двенадцать с половиной", "ten point five"), or null when the words are not one number. */
export const readNumeral = (phrase: string): number | null => {
  const words = phrase
    .toLowerCase()
    .split(/[\s-]+/)
    .filter((word) => word !== "")
  const last = words.at(-1) ?? ""
  if (oneAndHalf.has(words[0] ?? "")) {
    const scale = words.length === 1 ? 1 : scales[words[1]!]
    return scale !== undefined && words.length <= 2 ? 1.5 * scale : null
  }
  if (halves.has(last) || quarters.has(last)) {
    const before = [...words.slice(0, -1)]
    while (before.length > 0 && glue.has(before.at(-1)!)) before.pop()
    const whole = before.length === 0 ? null : readWhole(before)
    return whole === null ? null : whole + (halves.has(last) ? 0.5 : 0.25)
  }
  const joint = tenths.has(last) || hundredths.has(last) ? words.lastIndexOf("и") : -1
  const named = words.findIndex((word) => wholes.has(word) || word === "point" || word === "запятая")
  const point = named > 0 ? named : joint
  if (point > 0) {
    const whole = readWhole(words.slice(0, point))
    let after = words.slice(point + 1).filter((word) => word !== "и")
    const unit = tenths.has(after.at(-1) ?? "") ? 10 : hundredths.has(after.at(-1) ?? "") ? 100 : null
    if (unit !== null) after = after.slice(0, -1)
    if (whole === null || after.length === 0) return null
    if (wholes.has(words[point]!) && unit === null) return null
    const digits = after.map((word) => ones[word])
    if (unit === null && digits.length > 1) {
      return digits.every((digit) => digit !== undefined && digit < 10) ? Number(`${whole}.${digits.join("")}`) : null
    }
    const part = readWhole(after)
    if (part === null) return null
    if (unit !== null) return part < unit ? Number((whole + part / unit).toFixed(4)) : null
    return Number(`${whole}.${part}`)
  }
  return readWhole(words)
}

/** A number in digits: decimals by comma or point, thousands by spaces, commas, points or apostrophes. */
export const digitPhrase = "\\d{1,3}(?:[ \\u00a0\\u202f'’]\\d{3})+(?:[.,]\\d+)?(?!\\d)|\\d+(?:[.,]\\d+)*"

/** A percentage in digits: no thousands, so "S&P 500 100 %" cannot become 500,100. */
export const plainDigitPhrase = "\\d+(?:[.,]\\d+)?"

/**
 * Value of a number in digits. A single comma or point before exactly three digits groups thousands ("20,000"),
 * unless `decimal` says that the number is small by nature, as a percentage or a multiple of a million.
 */
export const readDigits = (text: string, decimal: boolean): number | null => {
  const bare = text.replace(/[ \u00a0\u202f'’]/g, "")
  const marks = bare.match(/[.,]/g) ?? []
  if (marks.length === 0) return Number(bare)
  if (marks.length === 1) {
    const thousands = /^[1-9]\d{0,2}[.,]\d{3}$/.test(bare)
    return Number(thousands && !decimal ? bare.replace(/[.,]/, "") : bare.replace(",", "."))
  }
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(bare)) return Number(bare.replaceAll(",", ""))
  if (/^\d{1,3}(\.\d{3})+(,\d+)?$/.test(bare)) return Number(bare.replaceAll(".", "").replace(",", "."))
  return null
}
