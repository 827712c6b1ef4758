/**
 * Checks text messages that come from outside, field by field, before anything else sees them. What does not fit is
 * answered with the field that is wrong; the message itself is never logged.
 */
import { Result, Schema } from "effect"
import { type ControlRequest, consentPurposes, type StreamRequest } from "../../machines/wire.ts"

/** Ids of a platform: as long as a UUID with a prefix, or an address; longer ones are no ids. */
const ExternalId = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200))
const Token = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(1_000))
const Sequence = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff }))

/** Any name: one that this server does not decode is refused in words. */
const CodecName = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(20))

const Consent = Schema.Struct({
  id: ExternalId,
  textVersion: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(100)),
  textSha256: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
  purposes: Schema.Array(Schema.Literals(consentPurposes)),
  givenAt: Schema.Int
})

const ControlMessage = Schema.Union([
  Schema.Struct({
    type: Schema.Literal("start"),
    accessToken: Token,
    conference: ExternalId,
    client: ExternalId,
    manager: ExternalId,
    role: Schema.Literals(["client", "manager"]),
    consent: Schema.NullOr(Consent),
    codec: Schema.optionalKey(CodecName)
  }),
  Schema.Struct({
    type: Schema.Literal("resume"),
    resumeToken: Token,
    sentThrough: Sequence,
    codec: Schema.optionalKey(CodecName)
  }),
  Schema.Struct({ type: Schema.Literal("consent"), consent: Consent }),
  Schema.Struct({
    type: Schema.Literal("withdraw"),
    purpose: Schema.optionalKey(Schema.Literals(consentPurposes))
  }),
  Schema.Struct({ type: Schema.Literal("end"), sentThrough: Sequence }),
  Schema.Struct({ type: Schema.Literal("ping") })
])

const StreamMessage = Schema.Union([
  Schema.Struct({ type: Schema.Literal("open"), streamToken: Token }),
  Schema.Struct({ type: Schema.Literal("ping") })
])

/** A message of the protocol, or what is wrong with it. */
type Parsed<Message> = { readonly message: Message } | { readonly wrong: string }

const controlTypes = ["start", "resume", "consent", "withdraw", "end", "ping"]
const streamTypes = ["open", "ping"]

function parse<Message>(schema: Schema.Decoder<Message>, types: readonly string[], text: string): Parsed<Message> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { wrong: "it is not JSON" }
  }
  const type = typeof json === "object" && json !== null ? (json as { readonly type?: unknown }).type : undefined
  if (typeof type !== "string" || !types.includes(type)) return { wrong: `its type is none of ${types.join(", ")}` }
  const decoded = Schema.decodeUnknownResult(schema)(json)
  if (Result.isSuccess(decoded)) return { message: decoded.success }
  // Its lines are what is wrong and where; where comes first, for a close reason is cut short.
  const lines = String(decoded.failure.message)
    .split("\n")
    .map((line) => line.trim())
  return { wrong: lines.slice(0, 2).reverse().join(": ") }
}

export const parseControlRequest = (text: string): Parsed<ControlRequest> => parse(ControlMessage, controlTypes, text)
export const parseStreamRequest = (text: string): Parsed<StreamRequest> => parse(StreamMessage, streamTypes, text)
