/**
 * Who may do what: the roles of each permission, and the port that says who asks. Which permission each endpoint, socket and
 * command takes is `doors.ts`. It signs nobody in: that is `infra/access/`.
 */
import { Context, type Effect, Schema } from "effect"

export const roles = [
  "manager",
  "supervisor",
  "auditor",
  "administrator",
  "dataProtectionOfficer",
  "developer",
  "service"
] as const
export type Role = (typeof roles)[number]

/**
 * What each permission lets a person do, and who has it. `own` conferences are those the person leads; a supervisor sees the
 * reports and trends of the own team; a developer sees machines with personal data masked; an administrator sees no client's data.
 */
export const permissions = {
  /** One's own account: sign out, devices, second factors. */
  "account.own": ["manager", "supervisor", "auditor", "administrator", "dataProtectionOfficer", "developer"],
  /** Own conferences: list, start, watch, end, mark, illustrate, share. */
  "conference.lead": ["manager"],
  /** Reports of own conferences; a supervisor's: of the team. */
  "report.read": ["manager", "supervisor"],
  "trends.read": ["manager", "supervisor"],
  /** Who is in the own team, and their conferences. */
  "team.read": ["supervisor"],
  /** Past states of any conference, recorded before they are shown. */
  "replay.read": ["auditor"],
  "proof.read": ["auditor"],
  "audit.report": ["auditor", "dataProtectionOfficer"],
  "subject.export": ["auditor", "dataProtectionOfficer"],
  "subject.erase": ["dataProtectionOfficer"],
  "consent.read": ["auditor", "dataProtectionOfficer"],
  "accounts.manage": ["administrator"],
  /** Bringing journal and keys back, or moving them. */
  "keys.manage": ["administrator"],
  "retention.read": ["administrator", "dataProtectionOfficer"],
  "retention.manage": ["administrator"],
  "backup.write": ["administrator"],
  /** Starting, examining and growing a server: of the machine's operator alone, so of no role. */
  "server.operate": [],
  /** Live machines and recorded ones, personal data masked. */
  "inspector.read": ["developer"],
  "metrics.read": ["developer", "administrator", "service"],
  /** What the platform, the CRM and the analytics do by themselves. */
  "platform.stream": ["service"],
  "exchange.read": ["service"]
} as const satisfies Readonly<Record<string, readonly Role[]>>

export type Permission = keyof typeof permissions

/** Somebody of the bank's who is signed in, with the second factor done and the security briefing on record. */
export interface Person {
  /** Random id of the account: what the journal of operations names. */
  readonly account: string
  /** What the person signs in with; the platform knows managers by it. */
  readonly login: string
  readonly name: string
  readonly roles: readonly Role[]
  /** Teams are words chosen by the administrator; null: none. */
  readonly team: string | null
  /** Which of the person's sessions asks. */
  readonly session: string
}

export const may = (person: Pick<Person, "roles">, permission: Permission): boolean =>
  person.roles.some((role) => (permissions[permission] as readonly Role[]).includes(role))

/** The person has no role that may do this. */
export class NotPermitted extends Schema.TaggedError<NotPermitted>()("NotPermitted", { permission: Schema.String }) {
  override get message() {
    return `Cannot do this: it takes the permission "${this.permission}", which none of your roles has. Ask an administrator`
  }
}

/** Says who a request comes from. */
export class Access extends Context.Service<
  Access,
  {
    /** Null: nobody who is fully signed in. */
    readonly personOf: (request: Request) => Effect.Effect<Person | null>
  }
>()("actors/Access") {}
