/**
 * Every way in and what it takes: each route of the console, each socket, each wish of the operator's door and each command of the
 * command line names its permission here and nowhere else. Which roles have a permission is `access.ts`. Whatever is not in this table is
 * neither served nor run; a test compares it with what is registered and tries every way with every role.
 */
import type { Permission } from "./access.ts"

/**
 * What a way in takes in place of a role. `anybody`: nothing, because it shows and changes nothing of ours, or lets somebody sign in.
 * `client`: the cookie of a client's own visit. `ticket`: one that a route gave for this socket, once. `resumeToken`, `streamToken`:
 * what a started conference was given, for itself alone.
 */
export type Standing = "anybody" | "client" | "ticket" | "resumeToken" | "streamToken"

/** The console's, by method and path; a person's roles decide. Feeds are opened by a route, which gives their ticket. */
export const routes = {
  // Signing in, and enrolling by an invitation's link.
  "POST /api/sign-in": "anybody",
  "POST /api/sign-in/totp": "anybody",
  "POST /api/sign-in/recovery": "anybody",
  "POST /api/sign-in/passkey/options": "anybody",
  "POST /api/sign-in/passkey": "anybody",
  "POST /api/enrolment": "anybody",
  "POST /api/enrolment/finish": "anybody",
  "GET /api/sign-in/ways": "anybody",
  "POST /api/sign-in/directory": "anybody",
  "POST /api/sign-in/directory/finish": "anybody",
  // One's own account.
  "GET /api/me": "account.own",
  "POST /api/sign-out": "account.own",
  "GET /api/account": "account.own",
  "DELETE /api/account/sessions/:session": "account.own",
  "POST /api/account/password": "account.own",
  "POST /api/account/totp/options": "account.own",
  "POST /api/account/totp": "account.own",
  "POST /api/account/recovery-codes": "account.own",
  "POST /api/account/passkeys/options": "account.own",
  "POST /api/account/passkeys": "account.own",
  "DELETE /api/account/passkeys/:passkey": "account.own",
  // The administrator's page.
  "GET /api/accounts": "accounts.manage",
  "POST /api/accounts": "accounts.manage",
  "POST /api/accounts/:account/enrolment": "accounts.manage",
  "PUT /api/accounts/:account/roles": "accounts.manage",
  "PUT /api/accounts/:account/briefing": "accounts.manage",
  "PUT /api/accounts/:account/enabled": "accounts.manage",
  "DELETE /api/accounts/:account/sessions": "accounts.manage",
  "PUT /api/accounts/:account/directory": "accounts.manage",
  // The manager's desk.
  "POST /api/conferences/:id/link": "conference.lead",
  "GET /api/conferences": "conference.lead",
  "POST /api/conferences": "conference.lead",
  "POST /api/conferences/:conference/start": "conference.lead",
  "POST /api/conferences/:conference/end": "conference.lead",
  "POST /api/conferences/:conference/marker": "conference.lead",
  "POST /api/conferences/:conference/analysis": "conference.lead",
  "POST /api/conferences/:conference/illustration": "conference.lead",
  "GET /api/conferences/:conference/illustration": "conference.lead",
  "GET /api/conferences/:conference/variants/:picture": "conference.lead",
  "GET /api/parse": "conference.lead",
  "POST /api/feeds/live": "conference.lead",
  // Reports, trends and teams.
  "GET /api/conferences/:conference/report": "report.read",
  "GET /api/conferences/:conference/report.csv": "report.read",
  "GET /api/conferences/:conference/report.json": "report.read",
  "GET /api/trends": "trends.read",
  "GET /api/team/:account/conferences": "team.read",
  "GET /api/team": "team.read",
  // The data-protection officer's page.
  "POST /api/subjects": "subject.export",
  "GET /api/subjects/:subject/export.json": "subject.export",
  "GET /api/subjects/:subject/export.html": "subject.export",
  "POST /api/subjects/:subject/erasure": "subject.erase",
  "GET /api/erasures": "subject.erase",
  "GET /api/erasures/:erasure/:file": "subject.erase",
  "GET /api/consent-texts": "consent.read",
  // How long what is kept is kept.
  "GET /api/retention": "retention.read",
  "PUT /api/retention": "retention.manage",
  // Past states, and the developer's inspector.
  "GET /api/replay": "replay.read",
  "POST /api/replay/:conference": "replay.read",
  "GET /api/replay/:conference": "replay.read",
  // The auditor's page.
  "POST /api/audit/reports": "audit.report",
  "GET /api/audit/reports/:report": "audit.report",
  "GET /api/audit/reports/:report/report.html": "audit.report",
  "GET /api/audit/reports/:report/report.json": "audit.report",
  "DELETE /api/audit/reports/:report": "audit.report",
  "GET /api/audit/log": "proof.read",
  "GET /api/audit/log-key.pub": "proof.read",
  "GET /api/audit/proofs/:conference/:version": "proof.read",
  "GET /api/audit/verification": "proof.read",
  "POST /api/audit/verification": "proof.read",
  "DELETE /api/audit/verification": "proof.read",
  "GET /api/inspector": "inspector.read",
  "POST /api/inspector/:conference": "inspector.read",
  "GET /api/inspector/:conference": "inspector.read",
  "POST /api/feeds/inspector": "inspector.read",
  // What a collector of metrics reads.
  "GET /metrics": "metrics.read",
  // The client's page.
  "POST /client/api/open": "client",
  "GET /client/api/state": "client",
  "POST /client/api/code": "client",
  "POST /client/api/code/check": "client",
  "POST /client/api/consents": "client",
  "POST /client/api/withdraw": "client",
  "POST /client/api/join": "client",
  "GET /client/picture": "client",
  "POST /client/api/looked": "client",
  "POST /client/api/tapped": "client",
  "POST /client/api/answers": "client",
  "GET /client/api/my-data.json": "client",
  "GET /client/api/my-data.html": "client",
  "POST /client/api/erase": "client",
  "POST /client/api/feeds/page": "client"
} as const satisfies Readonly<Record<string, Permission | "anybody" | "client">>

type NamedIn<Table, Value> = { [Key in keyof Table]: Table[Key] extends Value ? Key : never }[keyof Table]
export type StaffRoute = NamedIn<typeof routes, Permission>
export type OpenRoute = NamedIn<typeof routes, "anybody" | "client">

/** By the address they are served on and their path: each opens with any of these. A service shows its own token, which no person has. */
export const sockets = {
  platform: { "/conferences": ["platform.stream", "resumeToken"], "/analytics": ["exchange.read"] },
  console: { "/feed": ["ticket"], "/conferences": ["resumeToken"] },
  edge: { "/frames": ["streamToken"] }
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly (Permission | Standing)[]>>>>

/**
 * The operator's door on the server's own machine, by path. Whoever can read its token is the server's user, who holds the data folder
 * and so has every permission; what a person has on the console opens none of it. The permission says which act it is.
 */
export const operatorWishes = {
  "/admin/hello": "server.operate",
  "/admin/metrics": "metrics.read",
  "/admin/edges": "server.operate",
  "/admin/accounts": "accounts.manage",
  "/admin/backup": "backup.write",
  "/admin/read": "replay.read",
  "/admin/retention": "retention.manage",
  "/admin/subject/export": "subject.export",
  "/admin/subject/erase": "subject.erase"
} as const satisfies Readonly<Record<string, Permission>>

/** Of the command line, by their words. `anybody`: it touches no server and no data folder of one. */
export const commands = {
  serve: "server.operate",
  demo: "anybody",
  analyze: "anybody",
  evaluate: "anybody",
  replay: "replay.read",
  "retention show": "retention.read",
  "retention set": "retention.manage",
  "retention run": "retention.manage",
  rebuild: "server.operate",
  load: "anybody",
  sizing: "server.operate",
  doctor: "server.operate",
  consents: "consent.read",
  illustrate: "anybody",
  "subject export": "subject.export",
  "subject erase": "subject.erase",
  "subject verify": "anybody",
  "account list": "accounts.manage",
  "account invite": "accounts.manage",
  "account brief": "accounts.manage",
  "account directory": "accounts.manage",
  "account revoke": "accounts.manage",
  "audit verify": "proof.read",
  "audit proof": "proof.read",
  "audit check": "anybody",
  "audit report": "audit.report",
  "audit export": "proof.read",
  "audit replace-key": "keys.manage",
  "audit tamper": "proof.read",
  "edges list": "server.operate",
  "edges add": "server.operate",
  "edges drain": "server.operate",
  "edges join": "server.operate",
  "journal copy": "keys.manage",
  witness: "anybody",
  backup: "backup.write",
  restore: "keys.manage"
} as const satisfies Readonly<Record<string, Permission | "anybody">>
