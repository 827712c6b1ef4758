/**
 * JSON that comes back exactly: like `JSON.stringify`, but -0 keeps its sign and whatever JSON would silently
 * change (NaN, dates, functions, holes, unknown classes) is refused instead.
 */

/** A value that the journal cannot keep exactly; the message names the place and completes a sentence. */
export class NotEncodable extends Error {}

/** Deepest nesting kept. Events are shallow; the bound keeps a hostile value from exhausting the call stack. */
export const nestingMax = 200

/** The text of a JSON value; a field that is `undefined` is left out. Throws `NotEncodable`, naming the place. */
export function exactJsonOf(value: unknown, path: string, nesting = 0): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "boolean":
      return value ? "true" : "false"
    case "number":
      if (!Number.isFinite(value)) throw new NotEncodable(`${path} is ${value}, which JSON cannot hold`)
      return Object.is(value, -0) ? "-0" : String(value)
    case "object":
      break
    default:
      throw new NotEncodable(`${path} is of type ${typeof value}, which JSON cannot hold`)
  }
  if (value === null) return "null"
  if (nesting === nestingMax) throw new NotEncodable(`${path} nests deeper than ${nestingMax} levels`)
  if (Array.isArray(value)) {
    const parts: string[] = []
    for (let index = 0; index < value.length; index++) {
      parts.push(exactJsonOf(value[index], `${path}[${index}]`, nesting + 1))
    }
    return `[${parts.join(",")}]`
  }
  if (!isPlain(value)) throw new NotEncodable(`${path} is an object of a class, which JSON cannot bring back`)
  const parts: string[] = []
  for (const [field, part] of Object.entries(value)) {
    if (part !== undefined) parts.push(`${JSON.stringify(field)}:${exactJsonOf(part, `${path}.${field}`, nesting + 1)}`)
  }
  return `{${parts.join(",")}}`
}

export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
