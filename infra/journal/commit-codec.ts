/**
 * Events of one commit as few bytes, and back, exactly. The first byte names the codec so that it can change.
 * Columns per shape (a type with its fields, in order) and field: integers bit-packed, arrays of integers as one
 * column per element, everything else as distinct JSON texts. It knows no event's meaning and refuses to lose any.
 *
 * Bytes: codec (1), length of the bits (LEB128), bits, then the texts the bits refer to, joined by line feeds and
 * deflated when codec is 2. Bits: event count, shapes, their order, the column of `at`, columns shape by shape.
 */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib"
import type { Json, StoredEvent } from "../../actors/event-store.ts"
import { BitReader, BitWriter, bitWidthOf } from "./bit-stream.ts"
import { exactJsonOf, isPlain, NotEncodable } from "./exact-json.ts"
import { isInteger, planIntegerColumn, readIntegerColumn, writeIntegerColumn } from "./integer-column.ts"
import { knownTexts } from "./known-texts.ts"

const plainTexts = 1
const deflatedTexts = 2

const integerKind = 0
const integersKind = 1
const textKind = 2

/** Events in one commit: a core that was cut off from its store for a minute has 9,000 waiting for one conference. */
export const eventsMax = 65_536
/** Bytes of an encoded commit: the 10 MB that a sealed picture may take, and room. */
export const encodedBytesMax = 32 * 1024 * 1024
/** Elements of an integer array that are worth columns of their own; longer arrays are texts. */
const elementsMax = 16
/** Longest period looked for in the order of shapes; a frame has at most eight stages. */
const periodMax = 16
/** Texts shorter than this never shrink by deflating. */
const deflateBytesMin = 64
/** Parsed shapes kept; the product has fewer than a hundred. */
const shapesKeptMax = 1024

interface Shape {
  readonly text: string
  readonly type: string
  /** Every key in its order, `type` and `at` among them. */
  readonly keys: readonly string[]
  /** Keys that have a column. */
  readonly fields: readonly string[]
}

const numberOfKnownText = new Map(knownTexts.map((text, index) => [text, index + 1]))
const shapesByText = new Map<string, Shape>()

/** Throws `NotEncodable` that says which part of which event cannot be kept. */
export function encodeEvents(events: readonly StoredEvent[]): Uint8Array {
  if (events.length === 0 || events.length > eventsMax) {
    throw new NotEncodable(`a commit holds 1 to ${eventsMax} events, not ${events.length}`)
  }
  const bits = new BitWriter()
  const texts: string[] = []
  const writeText = (text: string) => {
    const number = numberOfKnownText.get(text) ?? 0
    bits.writeInteger(number)
    if (number === 0) texts.push(text)
  }

  const shapes = new Map<string, { readonly shape: Shape; readonly number: number; readonly rows: StoredEvent[] }>()
  const order = events.map((event, index) => {
    const text = shapeTextOf(event, index)
    let known = shapes.get(text)
    if (known === undefined) {
      known = { shape: parseShape(text), number: shapes.size, rows: [] }
      shapes.set(text, known)
    }
    known.rows.push(event)
    return known.number
  })
  bits.writeInteger(events.length)
  bits.writeInteger(shapes.size)
  for (const text of shapes.keys()) writeText(text)
  writeOrder(bits, order, shapes.size)
  const times = planIntegerColumn(events.map((event) => event.at))
  if (times === undefined) throw new NotEncodable("the times of the events lie too far apart")
  writeIntegerColumn(bits, times)
  for (const { shape, rows } of shapes.values()) {
    for (const field of shape.fields) {
      const values = rows.map((row) => row[field] as Json)
      writeColumn(bits, values, writeText, `${shape.type}.${field}`)
    }
  }
  return assemble(bits.toBytes(), texts)
}

/** Throws when the bytes are not what `encodeEvents` makes. */
export function decodeEvents(bytes: Uint8Array): StoredEvent[] {
  const codec = bytes[0]
  if (codec !== plainTexts && codec !== deflatedTexts) throw new TypeError(`codec ${codec} is unknown to this version`)
  let index = 1
  let bitsBytes = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[index++] ?? 0
    bitsBytes += (byte & 0x7f) * scale
    if (byte < 0x80) break
  }
  const bits = new BitReader(bytes.subarray(index, index + bitsBytes))
  const tail = bytes.subarray(index + bitsBytes)
  let texts: string[] | undefined
  let textIndex = 0
  const readText = (): string => {
    const number = bits.readInteger()
    if (number === 0) texts ??= textsOf(tail, codec)
    const text = number === 0 ? texts?.[textIndex++] : knownTexts[number - 1]
    if (text === undefined) throw new TypeError("it refers to a text that this version does not have")
    return text
  }

  const eventCount = readCount(bits, 1, eventsMax, "events")
  const shapeCount = readCount(bits, 1, eventCount, "shapes")
  const shapes: Shape[] = []
  for (let number = 0; number < shapeCount; number++) shapes.push(parseShape(readText()))
  const order = readOrder(bits, eventCount, shapeCount)
  const times = readIntegerColumn(bits, eventCount)
  const rowCounts = new Array<number>(shapeCount).fill(0)
  for (const number of order) rowCounts[number]!++
  const columns = shapes.map((shape, number) => shape.fields.map(() => readColumn(bits, rowCounts[number]!, readText)))

  const nextRows = new Array<number>(shapeCount).fill(0)
  return order.map((number, eventIndex) => {
    const row = nextRows[number]!++
    return eventOf(shapes[number]!, times[eventIndex]!, columns[number]!, row)
  })
}

/** Nothing is made room for before its count is known to be one that `encodeEvents` writes. */
function readCount(bits: BitReader, min: number, max: number, what: string): number {
  const count = bits.readInteger()
  if (count < min || count > max) throw new TypeError(`it claims ${count} ${what}, where ${min} to ${max} are possible`)
  return count
}

function shapeTextOf(event: StoredEvent, index: number): string {
  if (typeof event !== "object" || event === null || !isPlain(event))
    throw new NotEncodable(`event ${index} is not a plain object`)
  if (typeof event.type !== "string") throw new NotEncodable(`event ${index} has no type`)
  if (!isInteger(event.at)) throw new NotEncodable(`${event.type}.at is not a whole number of milliseconds`)
  let text = JSON.stringify(event.type)
  for (const key of Object.keys(event)) if (event[key] !== undefined) text += `,${JSON.stringify(key)}`
  return text
}

function parseShape(text: string): Shape {
  const known = shapesByText.get(text)
  if (known !== undefined) return known
  const [type, ...keys] = JSON.parse(`[${text}]`) as [string, ...string[]]
  const shape: Shape = { text, type, keys, fields: keys.filter((key) => key !== "type" && key !== "at") }
  if (shapesByText.size === shapesKeptMax) shapesByText.clear()
  shapesByText.set(text, shape)
  return shape
}

function eventOf(shape: Shape, at: number, columns: readonly (readonly Json[])[], row: number): StoredEvent {
  const event: Record<string, Json> = {}
  let column = 0
  for (const key of shape.keys) {
    if (key === "type") event.type = shape.type
    else if (key === "at") event.at = at
    else if (key !== "__proto__") event[key] = columns[column++]![row]!
    else {
      const value = columns[column++]![row]!
      Object.defineProperty(event, key, { value, enumerable: true, configurable: true, writable: true })
    }
  }
  return event as StoredEvent
}

/** Shapes mostly come in turns (the stages of a frame), so one period stands for all when it fits. */
function writeOrder(bits: BitWriter, order: readonly number[], shapeCount: number): void {
  let period = 1
  while (period <= periodMax && !order.every((number, index) => index < period || number === order[index - period]))
    period++
  if (period > periodMax || period > order.length) period = order.length
  bits.writeInteger(period)
  const width = bitWidthOf(shapeCount - 1)
  for (let index = 0; index < period; index++) bits.writeBits(order[index]!, width)
}

function readOrder(bits: BitReader, eventCount: number, shapeCount: number): number[] {
  const period = readCount(bits, 1, eventCount, "events to a period")
  const width = bitWidthOf(shapeCount - 1)
  const order = new Array<number>(eventCount)
  for (let index = 0; index < eventCount; index++)
    order[index] = index < period ? bits.readBits(width) : order[index - period]!
  return order
}

function writeColumn(bits: BitWriter, values: readonly Json[], writeText: (text: string) => void, path: string): void {
  if (values.every(isInteger)) {
    const plan = planIntegerColumn(values)
    if (plan !== undefined) {
      bits.writeBits(integerKind, 2)
      writeIntegerColumn(bits, plan)
      return
    }
  }
  const plans = planElements(values)
  if (plans !== undefined) {
    bits.writeBits(integersKind, 2)
    bits.writeInteger(plans.length)
    for (const plan of plans) writeIntegerColumn(bits, plan)
    return
  }
  bits.writeBits(textKind, 2)
  const numbers = new Map<string, number>()
  const order = values.map((value) => {
    const text = exactJsonOf(value, path)
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  })
  bits.writeInteger(numbers.size)
  for (const text of numbers.keys()) writeText(text)
  // When all are distinct, their order says which is whose.
  if (numbers.size === values.length) return
  const width = bitWidthOf(numbers.size - 1)
  for (const number of order) bits.writeBits(number, width)
}

function readColumn(bits: BitReader, count: number, readText: () => string): Json[] {
  const kind = bits.readBits(2)
  if (kind === integerKind) return readIntegerColumn(bits, count)
  if (kind === integersKind) {
    const elements: number[][] = []
    for (let left = readCount(bits, 0, elementsMax, "elements"); left > 0; left--)
      elements.push(readIntegerColumn(bits, count))
    return Array.from({ length: count }, (_, row) => elements.map((element) => element[row]!))
  }
  const distinct: Json[] = []
  const distinctCount = readCount(bits, 0, count, "distinct texts")
  for (let number = 0; number < distinctCount; number++) distinct.push(JSON.parse(readText()))
  if (distinctCount === count) return distinct
  const width = bitWidthOf(distinctCount - 1)
  return Array.from({ length: count }, () => distinct[bits.readBits(width)]!)
}

/** One plan per element, when every value is a short array of integers and all are of one length. */
function planElements(values: readonly Json[]) {
  const first = values[0]
  if (!Array.isArray(first) || first.length > elementsMax) return undefined
  const { length } = first
  const fits = values.every((value) => Array.isArray(value) && value.length === length && value.every(isInteger))
  if (!fits) return undefined
  const plans = first.map((_, element) => planIntegerColumn(values.map((value) => (value as number[])[element]!)))
  return plans.every((plan) => plan !== undefined) ? plans : undefined
}

function assemble(bits: Uint8Array, texts: readonly string[]): Uint8Array {
  let codec = plainTexts
  let tail: Uint8Array = Buffer.from(texts.join("\n"), "utf8")
  if (tail.length >= deflateBytesMin) {
    const deflated = deflateRawSync(tail, { level: constants.Z_DEFAULT_COMPRESSION })
    if (deflated.length < tail.length) {
      codec = deflatedTexts
      tail = deflated
    }
  }
  const head = [codec]
  let rest = bits.length
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80)
  head.push(rest)
  const total = head.length + bits.length + tail.length
  if (total > encodedBytesMax) throw new NotEncodable(`the commit takes ${total} bytes, more than ${encodedBytesMax}`)
  const bytes = new Uint8Array(total)
  bytes.set(head)
  bytes.set(bits, head.length)
  bytes.set(tail, head.length + bits.length)
  return bytes
}

/** JSON texts hold no raw line feed, so one separates them. */
function textsOf(tail: Uint8Array, codec: number): string[] {
  const bytes = codec === deflatedTexts ? inflateRawSync(tail, { maxOutputLength: 8 * encodedBytesMax }) : tail
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").split("\n")
}
