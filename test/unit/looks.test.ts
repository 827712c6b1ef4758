/** Looks from the console: while the journal takes no record, nobody is shown anything, and not even whether there was something. */
import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import type { Person } from "../../actors/access.ts"
import { ConsentCounts } from "../../actors/consent-counts.ts"
import { Notary } from "../../actors/erasure-ports.ts"
import { Holdings } from "../../actors/holdings.ts"
import { OperationNotRecorded, Operations } from "../../actors/operations.ts"
import { Subjects } from "../../actors/subjects.ts"
import { SigningIn } from "../../infra/access/access.ts"
import { makeLooks } from "../../infra/console/looks.ts"
import { subjectRoutes } from "../../infra/console/routes-subjects.ts"

const stand = <S>(service: S) => service as never
const away = {
  record: () => Effect.fail(new OperationNotRecorded({ operation: "PersonalDataRead", why: "the disk is gone" }))
}
const person = { account: "a", session: "s" } as Person
const reason = "letter 17"

it("a look that is not on record holds for nothing, and one that is for its session and thing alone", async () => {
  const steps = Effect.gen(function* () {
    const failing = makeLooks(stand(away))
    yield* Effect.flip(failing.open(person, { what: "conference-1", reason }))
    expect(yield* failing.reasonFor(person, "conference-1")).toBeNull()
    const looks = makeLooks(stand({ record: () => Effect.succeed([]) }))
    yield* looks.open(person, { what: "conference-1", reason })
    expect(yield* looks.reasonFor(person, "conference-1")).toBe(reason)
    expect(yield* looks.reasonFor(person, "conference-2")).toBeNull()
    expect(yield* looks.reasonFor({ ...person, session: "another" }, "conference-1")).toBeNull()
  })
  await Effect.runPromise(steps)
})

it.each(["anna", "nobody"])("a search for %s answers alike when it cannot be recorded", async (value) => {
  const layer = Layer.mergeAll(
    Layer.succeed(Operations)(stand(away)),
    Layer.succeed(Holdings)(
      stand({
        find: (_by: string, name: string) =>
          name === "nobody" ? Effect.fail({ _tag: "SubjectRefused", fault: "unknownClient" }) : Effect.succeed(name),
        of: () => Effect.succeed({ subject: "anna" })
      })
    ),
    Layer.succeed(ConsentCounts)(stand({})),
    Layer.succeed(Subjects)(stand({})),
    Layer.succeed(Notary)(stand({})),
    Layer.succeed(SigningIn)(stand({ desk: {} }))
  )
  const routes = await Effect.runPromise(Effect.provide(subjectRoutes, layer))
  const look = routes.find(({ path }) => path === "/api/subjects")!
  const asked = { person, body: { by: "pseudonym", value, reason }, parameters: {} }
  expect(await Effect.runPromise(Effect.flip(look.handle(stand(asked))))).toMatchObject({
    _tag: "OperationNotRecorded"
  })
})
