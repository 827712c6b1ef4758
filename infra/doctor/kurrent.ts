/** What can be missing of a journal in KurrentDB: whether it answers, whether the way to it is encrypted, and who backs it up. */
import { Effect, Result } from "effect"
import { CommitStore } from "../../actors/commit-store.ts"
import { kurrentCommitStore } from "../journal/commit-store-kurrentdb.ts"
import { kurrentAddressOf } from "../journal/kurrentdb.ts"
import type { Finding } from "./finding.ts"

export async function kurrentJournal(url: string): Promise<Finding> {
  const address = kurrentAddressOf(url)
  const health = Effect.flatMap(CommitStore, (store) => store.health())
  const asked = await Effect.runPromise(
    Effect.result(Effect.provide(health, kurrentCommitStore({ url, readOnly: true })))
  )
  if (Result.isFailure(asked)) {
    const said = asked.failure.message
    return {
      check: "journal",
      level: "bad",
      ru: `Журнал не открывается: ${said}`,
      en: `The journal does not open: ${said}`
    }
  }
  const isNear = /^(127\.|localhost\b|\[::1\])/.test(address)
  if (/[?&]tls=false/i.test(url) && !isNear) {
    return {
      check: "journal",
      level: "bad",
      ru: `Связь с KurrentDB (${address}) не зашифрована. Уберите tls=false из MIMIKA_JOURNAL и дайте tlsCAFile`,
      en: `The way to KurrentDB (${address}) is not encrypted. Take tls=false out of MIMIKA_JOURNAL and give tlsCAFile`
    }
  }
  return {
    check: "journal",
    level: "good",
    ru: `KurrentDB отвечает: ${address}`,
    en: `KurrentDB answers: ${address}`
  }
}

export const kurrentBackup = (data: string): Finding => ({
  check: "backup",
  level: "warning",
  ru: `Журнал в KurrentDB: его копирует сам KurrentDB, и mimika об этих копиях не знает. Вместе с ними храните ${data}/proof-kurrentdb.sqlite и ${data}/directory.sqlite`,
  en: `The journal is in KurrentDB: that backs it up itself, and mimika does not know of it. Keep ${data}/proof-kurrentdb.sqlite and ${data}/directory.sqlite with those backups`
})
