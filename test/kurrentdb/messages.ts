/** The client's own generated gRPC messages, and what of them the in-process KurrentDB reads from a log and writes to it. */
import { createRequire } from "node:module"
import type * as Grpc from "@grpc/grpc-js"
import type {
  AppendReq,
  BatchAppendReq,
  ReadReq
} from "@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js"
import type { Any as AnyMessage } from "google-protobuf/google/protobuf/any_pb.js"
import { type Appended, appendBytesMax, type Expected, type KurrentLog, type Proposed, type Recorded } from "./log.ts"

const own = createRequire(createRequire(import.meta.url).resolve("@kurrent/kurrentdb-client"))
export const grpc: typeof Grpc = own("@grpc/grpc-js")
const definitions = "../generated/kurrentdb/protocols/v1"
export const streams: typeof import("@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js") = own(
  `${definitions}/streams_pb`
)
export const streamsService: typeof import("@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js") =
  own(`${definitions}/streams_grpc_pb`)
export const shared: typeof import("@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js") = own(
  `${definitions}/shared_pb`
)
export const status: typeof import("@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/status_pb.js") = own(
  `${definitions}/status_pb`
)
export const features: typeof import("@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_pb.js") =
  own(`${definitions}/serverfeatures_pb`)
export const featuresService: typeof import("@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_grpc_pb.js") =
  own(`${definitions}/serverfeatures_grpc_pb`)
export const { Any }: { Any: typeof AnyMessage } = own("google-protobuf/google/protobuf/any_pb")
export const { Empty: GoogleEmpty } = own("google-protobuf/google/protobuf/empty_pb")

export function readStream(log: KurrentLog, options: ReadReq.Options, eventsMax: number) {
  const asked = options.getStream()!
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS
  const from = asked.hasEnd() ? "end" : asked.hasRevision() ? Number(asked.getRevision()) : 0
  return log.read(nameOf(asked.getStreamIdentifier()), from, backwards, eventsMax)
}

export function readAll(log: KurrentLog, options: ReadReq.Options, eventsMax: number) {
  const all = options.getAll()!
  const asked = all.getPosition()
  const place = asked && { commit: BigInt(asked.getCommitPosition()), prepare: BigInt(asked.getPreparePosition()) }
  const prefixes = options.getFilter()?.getStreamIdentifier()?.getPrefixList() ?? []
  const isAsked = (name: string) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix))
  return log.readAll(place, eventsMax, isAsked)
}

export function responseOf(event: Recorded) {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
  const id = new shared.UUID()
  id.setString(event.id)
  recorded.setId(id)
  const stream = new shared.StreamIdentifier()
  stream.setStreamName(Buffer.from(event.stream))
  recorded.setStreamIdentifier(stream)
  recorded.setStreamRevision(String(event.revision))
  recorded.setCommitPosition(String(event.commit))
  recorded.setPreparePosition(String(event.prepare))
  recorded.getMetadataMap().set("type", event.type)
  recorded.getMetadataMap().set("content-type", event.contentType)
  // Ticks of 100 ns since 1970.
  recorded.getMetadataMap().set("created", "17638848000000000")
  recorded.setData(event.data)
  recorded.setCustomMetadata(event.metadata)
  const read = new streams.ReadResp.ReadEvent()
  read.setEvent(recorded)
  read.setCommitPosition(String(event.commit))
  const response = new streams.ReadResp()
  response.setEvent(read)
  return response
}

export const nameOf = (identifier: { getStreamName_asU8(): Uint8Array } | undefined) =>
  Buffer.from(identifier!.getStreamName_asU8()).toString()

export const idOf = (id: { getString(): string } | undefined) => id!.getString()

export function proposedOf(message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): Proposed {
  return {
    id: idOf(message.getId()),
    type: message.getMetadataMap().get("type")!,
    contentType: message.getMetadataMap().get("content-type")!,
    metadata: message.getCustomMetadata_asU8(),
    data: message.getData_asU8()
  }
}

export function expectedOf(
  options: { hasAny(): boolean; hasNoStream(): boolean; hasStreamExists(): boolean },
  revision: string
): Expected {
  if (options.hasAny()) return "any"
  if (options.hasNoStream()) return "no stream"
  return options.hasStreamExists() ? "stream exists" : Number(revision)
}

type Refused = Exclude<Appended, { readonly outcome: "written" }>

/** As the calls say it that answer one thing: a status, and metadata that tell more. */
export function refusalOf(refused: Refused, stream: string) {
  const metadata = new grpc.Metadata()
  const exceptions = {
    deleted: "stream-deleted",
    "too large": "maximum-append-size-exceeded",
    "wrong revision": "wrong-expected-version"
  }
  metadata.set("exception", exceptions[refused.outcome])
  metadata.set("stream-name", stream)
  metadata.set("expected-version", "-1")
  metadata.set("maximum-append-size", String(appendBytesMax))
  return { code: grpc.status.FAILED_PRECONDITION, details: exceptions[refused.outcome], metadata }
}

/** As a batch says it: a message within the answer. */
export function statusOf(refused: Refused, expected: Expected) {
  const details = new Any()
  if (refused.outcome === "wrong revision") {
    const wrong = new shared.WrongExpectedVersion()
    if (refused.current === undefined) wrong.setCurrentNoStream(new GoogleEmpty())
    else wrong.setCurrentStreamRevision(String(refused.current))
    if (typeof expected === "number") wrong.setExpectedStreamPosition(String(expected))
    else if (expected === "no stream") wrong.setExpectedNoStream(new GoogleEmpty())
    else wrong.setExpectedStreamExists(new GoogleEmpty())
    details.pack(wrong.serializeBinary(), "event_store.client.WrongExpectedVersion")
  } else if (refused.outcome === "deleted") {
    details.pack(new shared.StreamDeleted().serializeBinary(), "event_store.client.StreamDeleted")
  } else {
    const large = new shared.MaximumAppendSizeExceeded()
    large.setMaxappendsize(appendBytesMax)
    details.pack(large.serializeBinary(), "event_store.client.MaximumAppendSizeExceeded")
  }
  const refusal = new status.Status()
  refusal.setMessage(refused.outcome)
  refusal.setDetails(details)
  return refusal
}
