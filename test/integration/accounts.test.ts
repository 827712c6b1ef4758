/** The file of accounts: no name of anybody stands in it in clear, neither the person's nor that of who briefed them, of earlier versions too. */
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { afterAll, expect, it } from "vitest"
import { openAccounts } from "../../infra/access/accounts.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { sqliteKeyStore } from "../../infra/keys/key-store-sqlite.ts"
import { fileMasterKey } from "../../infra/keys/master-key-file.ts"
import { freshFolder } from "../server/core.ts"

const folder = freshFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const keyed = <A>(work: (keys: KeyStore["Service"]) => A) =>
  Effect.runPromise(
    Effect.flatMap(KeyStore, (keys) =>
      Effect.andThen(
        keys.refresh(),
        Effect.sync(() => work(keys))
      )
    ).pipe(
      Effect.provide(
        sqliteKeyStore({ path: join(folder, "keys.sqlite"), masterKey: fileMasterKey(join(folder, "m.key")) })
      )
    )
  )
const names = ["Мария Петрова", "petrova@bank", "Пётр Волков", "Игорь Седов", "f1a7-0042"]
const inClear = () => names.filter((name) => readFileSync(join(folder, "accounts.sqlite")).includes(name))

it("holds no name in clear, and seals what an earlier version left so", async () => {
  const { old, fresh } = await keyed((keys) => {
    const accounts = openAccounts(folder, keys)
    const given = { name: "Мария Петрова", roles: ["manager"], team: null, at: 1 } as const
    const [first, second] = [
      accounts.add({ ...given, login: "old" }),
      accounts.add({ ...given, login: "petrova@bank" })
    ]
    accounts.brief(second.id, 2, "Пётр Волков")
    accounts.setSubject(second.id, "https://login.bank.example/", "f1a7-0042")
    accounts.close()
    return { old: first.id, fresh: second.id }
  })
  expect(inClear()).toEqual([])
  const database = new DatabaseSync(join(folder, "accounts.sqlite"))
  database.prepare("UPDATE accounts SET briefed_at = 3, briefed_by = ? WHERE id = ?").run("Игорь Седов", old)
  database.close()
  expect(inClear()).toEqual(["Игорь Седов"])
  await keyed((keys) => {
    const accounts = openAccounts(folder, keys)
    expect(accounts.find(old)?.briefing).toEqual({ at: 3, by: "Игорь Седов" })
    expect(accounts.find(fresh)?.briefing).toEqual({ at: 2, by: "Пётр Волков" })
    expect(accounts.subjectOf(fresh, "https://login.bank.example/")).toBe("f1a7-0042")
    expect(accounts.subjectOf(fresh, "https://another.example/")).toBeNull()
    expect(accounts.ownerOfSubject("https://another.example/", "f1a7-0042")).toBeNull()
    accounts.close()
  })
  expect(inClear()).toEqual([])
})
