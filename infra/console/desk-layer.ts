/** The manager's desk put together: its parts over the conferences, the exchange folder and the accounts. */
import { Effect, Layer } from "effect"
import { Desk } from "../../actors/desk.ts"
import { DeskAccess, Staff } from "../../actors/desk-access.ts"
import { DeskIllustrations } from "../../actors/desk-illustrations.ts"
import { DeskReports } from "../../actors/desk-reports.ts"
import { DeskTrends } from "../../actors/desk-trends.ts"
import { SigningIn } from "../access/access.ts"
import { exchangeAgenda } from "../exchange/agenda-store.ts"

/** A team is a word of the administrator's: its supervisors see the managers of the same word. */
const accountStaff = Layer.effect(
  Staff,
  Effect.map(SigningIn, ({ accounts }) =>
    Staff.of({
      teamOf: ({ roles, team, account: self }) => {
        if (!roles.includes("supervisor") || team === null) return []
        const managers = accounts.list().filter((each) => each.team === team && each.roles.includes("manager"))
        return managers
          .filter(({ id }) => id !== self)
          .map(({ id: account, login, name }) => ({ account, login, name }))
          .sort((a, b) => a.name.localeCompare(b.name))
      }
    })
  )
)

export const deskIn = (dataFolder: string) =>
  Layer.mergeAll(DeskReports.layer, DeskIllustrations.layer, DeskTrends.layer).pipe(
    Layer.provideMerge(Desk.layer),
    Layer.provideMerge(DeskAccess.layer),
    Layer.provideMerge(accountStaff),
    Layer.provideMerge(exchangeAgenda(dataFolder))
  )
