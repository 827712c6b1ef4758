/** Puts together what exports and erasures need, over a journal and a fence: the server's conferences, or none when no server runs. */
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Fence } from "../../actors/erasure-ports.ts"
import { Operations } from "../../actors/operations.ts"
import { Retention } from "../../actors/retention.ts"
import { Subjects } from "../../actors/subjects.ts"
import { fileBarList } from "./bar-list.ts"
import { fileNotary } from "./notary.ts"
import { fileRetentionPolicy } from "./retention-file.ts"
import { subjectKeys } from "./subject-keys.ts"

export const subjectsIn = (dataFolder: string) =>
  Retention.layer.pipe(
    Layer.provideMerge(Subjects.layer),
    Layer.provideMerge(fileRetentionPolicy(dataFolder)),
    Layer.provideMerge(Operations.layer),
    Layer.provideMerge(Layer.mergeAll(subjectKeys, fileBarList(dataFolder), fileNotary(join(dataFolder, "keys"))))
  )

/** No server runs, so no conference does. */
export const noConferences = Layer.succeed(Fence)({ raise: () => Effect.succeed(0), lower: () => Effect.void })
