/**
 * KurrentDB in this process, for tests: a gRPC server of the client's own generated definitions over a log in memory. It has
 * the calls that the client makes for appending, reading and deleting; it has no subscriptions, projections or clusters.
 */
import type * as Grpc from "@grpc/grpc-js"
import type { IServerFeaturesServer } from "@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_grpc_pb.js"
import type { IStreamsServer } from "@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js"
import type {
  AppendReq,
  BatchAppendReq
} from "@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js"
import { type KurrentLog, makeLog, type Proposed } from "./log.ts"
import {
  expectedOf,
  features,
  featuresService,
  grpc,
  idOf,
  nameOf,
  proposedOf,
  readAll,
  readStream,
  refusalOf,
  responseOf,
  shared,
  statusOf,
  streams,
  streamsService
} from "./messages.ts"

export interface TestKurrent {
  readonly log: KurrentLog
  readonly url: string
  /** What was called, in order. */
  readonly calls: string[]
  /** Ends every connection; what is in the log stays. */
  stop(): Promise<void>
  /** Comes back at the same address. */
  start(): Promise<void>
  /** Keeps what the next append writes and loses its answer. */
  loseNextAnswer(): void
  /** Writes the append after the next one first, as no server should that takes them as they come. */
  swapNextAppends(): void
}

/** `password`: of the user `mimika`, whom it then asks for; `batches`: whether it offers the call that newer servers have. */
export async function startKurrent(
  options: { readonly password?: string; readonly batches?: boolean } = {}
): Promise<TestKurrent> {
  const log = makeLog()
  const calls: string[] = []
  let losesNextAnswer = false
  let swaps = false
  let heldBack: (() => void) | undefined
  const authorization = options.password && `Basic ${Buffer.from(`mimika:${options.password}`).toString("base64")}`
  const isStranger = (metadata: Grpc.Metadata) =>
    authorization !== undefined && metadata.get("authorization")[0] !== authorization
  const stranger = { code: grpc.status.UNAUTHENTICATED, details: "Unauthenticated" }
  const lost = { code: grpc.status.UNAVAILABLE, details: "the connection was lost" }
  const isLost = () => {
    const now = losesNextAnswer
    losesNextAnswer = false
    return now
  }

  const featuresServer: IServerFeaturesServer = {
    getSupportedMethods(_call, answer) {
      const methods = ["read", "append", "delete", "tombstone", ...(options.batches === false ? [] : ["batchappend"])]
      const supported = new features.SupportedMethods()
      supported.setEventStoreServerVersion("25.0.0")
      for (const name of methods) {
        const method = new features.SupportedMethod()
        method.setServiceName("event_store.client.streams.streams")
        method.setMethodName(name)
        supported.addMethods(method)
      }
      answer(null, supported)
    }
  }

  const streamsServer: IStreamsServer = {
    append(call, answer) {
      calls.push("append")
      let options: AppendReq.Options | undefined
      const proposed: Proposed[] = []
      call.on("data", (request: AppendReq) => {
        if (request.hasOptions()) options = request.getOptions()
        else proposed.push(proposedOf(request.getProposedMessage()!))
      })
      call.on("end", () => {
        if (isStranger(call.metadata)) return answer(stranger)
        const stream = nameOf(options!.getStreamIdentifier())
        const expected = expectedOf(options!, options!.getRevision())
        const appended = log.append(stream, expected, proposed)
        if (isLost()) return answer(lost)
        const response = new streams.AppendResp()
        if (appended.outcome === "written") {
          const success = new streams.AppendResp.Success()
          success.setCurrentRevision(String(appended.revision))
          const position = new streams.AppendResp.Position()
          position.setCommitPosition(String(appended.commit))
          position.setPreparePosition(String(appended.prepare))
          success.setPosition(position)
          response.setSuccess(success)
          return answer(null, response)
        }
        if (appended.outcome !== "wrong revision") return answer(refusalOf(appended, stream))
        const wrong = new streams.AppendResp.WrongExpectedVersion()
        if (appended.current === undefined) wrong.setCurrentNoStream(new shared.Empty())
        else wrong.setCurrentRevision(String(appended.current))
        if (typeof expected === "number") wrong.setExpectedRevision(String(expected))
        else if (expected === "no stream") wrong.setExpectedNoStream(new shared.Empty())
        else wrong.setExpectedStreamExists(new shared.Empty())
        response.setWrongExpectedVersion(wrong)
        answer(null, response)
      })
    },

    batchAppend(call) {
      const pending = new Map<string, { options: BatchAppendReq.Options; proposed: Proposed[] }>()
      call.on("data", (request: BatchAppendReq) => {
        const id = idOf(request.getCorrelationId())
        const batch = pending.get(id) ?? { options: request.getOptions()!, proposed: [] }
        pending.set(id, batch)
        batch.proposed.push(...request.getProposedMessagesList().map(proposedOf))
        if (!request.getIsFinal()) return
        pending.delete(id)
        calls.push("batchAppend")
        if (isStranger(call.metadata)) return void call.emit("error", stranger)
        const write = () => {
          const { options } = batch
          const expected = expectedOf(options, options.getStreamPosition())
          const appended = log.append(nameOf(options.getStreamIdentifier()), expected, batch.proposed)
          if (isLost()) return void call.emit("error", lost)
          const response = new streams.BatchAppendResp()
          response.setCorrelationId(request.getCorrelationId())
          response.setStreamIdentifier(options.getStreamIdentifier())
          if (appended.outcome === "written") {
            const success = new streams.BatchAppendResp.Success()
            success.setCurrentRevision(String(appended.revision))
            const position = new shared.AllStreamPosition()
            position.setCommitPosition(String(appended.commit))
            position.setPreparePosition(String(appended.prepare))
            success.setPosition(position)
            response.setSuccess(success)
          } else response.setError(statusOf(appended, expected))
          call.write(response)
        }
        if (swaps) {
          swaps = false
          heldBack = write
          return
        }
        write()
        heldBack?.()
        heldBack = undefined
      })
      call.on("end", () => call.end())
    },

    read(call) {
      calls.push("read")
      if (isStranger(call.metadata)) return void call.emit("error", stranger)
      const options = call.request.getOptions()!
      if (options.hasSubscription()) {
        return void call.emit("error", { code: grpc.status.UNIMPLEMENTED, details: "no subscriptions here" })
      }
      const eventsMax = Number(options.getCount())
      const found = options.hasAll() ? readAll(log, options, eventsMax) : readStream(log, options, eventsMax)
      if (found === "deleted") {
        const name = nameOf(options.getStream()!.getStreamIdentifier())
        return void call.emit("error", refusalOf({ outcome: "deleted" }, name))
      }
      if (found === undefined) {
        const missing = new streams.ReadResp.StreamNotFound()
        missing.setStreamIdentifier(options.getStream()!.getStreamIdentifier())
        const response = new streams.ReadResp()
        response.setStreamNotFound(missing)
        call.write(response)
        return void call.end()
      }
      for (const event of found) call.write(responseOf(event))
      call.end()
    },

    delete(call, answer) {
      calls.push("delete")
      const options = call.request.getOptions()!
      const stream = nameOf(options.getStreamIdentifier())
      const deleted = log.delete(stream, expectedOf(options, options.getRevision()), false)
      if (deleted.outcome === "written") answer(null, new streams.DeleteResp())
      else answer(refusalOf(deleted, stream))
    },

    tombstone(call, answer) {
      calls.push("tombstone")
      const options = call.request.getOptions()!
      const stream = nameOf(options.getStreamIdentifier())
      const deleted = log.delete(stream, expectedOf(options, options.getRevision()), true)
      if (deleted.outcome === "written") answer(null, new streams.TombstoneResp())
      else answer(refusalOf(deleted, stream))
    }
  }

  let port = 0
  let server: Grpc.Server
  const start = async () => {
    // As a real server, which takes records of 16 MiB.
    server = new grpc.Server({ "grpc.max_receive_message_length": 17 * 1024 * 1024 })
    server.addService(featuresService.ServerFeaturesService, featuresServer)
    server.addService(streamsService.StreamsService, streamsServer)
    port = await new Promise<number>((resolve, reject) => {
      const done = (error: Error | null, bound: number) => (error ? reject(error) : resolve(bound))
      server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), done)
    })
  }
  await start()
  const credentials = options.password === undefined ? "" : `mimika:${options.password}@`
  return {
    log,
    url: `kurrentdb://${credentials}127.0.0.1:${port}?tls=false`,
    calls,
    start,
    stop: async () => server.forceShutdown(),
    loseNextAnswer: () => {
      losesNextAnswer = true
    },
    swapNextAppends: () => {
      swaps = true
    }
  }
}
