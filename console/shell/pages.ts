/** The staff's pages: where each is, who may open it, and what loads it. A page is a folder with a default export in `page.tsx`. */
import type { ComponentType } from "preact"

export interface PageProps {
  readonly parameters: Readonly<Record<string, string>>
  readonly me: Me
}

export interface Me {
  readonly account: string
  readonly login: string
  readonly name: string
  readonly roles: readonly string[]
  readonly team: string | null
  readonly permissions: readonly string[]
}

export interface Page {
  readonly pattern: string
  /** One of `actors/access.ts`. */
  readonly permission: string
  /** In the navigation; null: reached from other pages only. */
  readonly title: { readonly ru: string; readonly en: string } | null
  readonly load: () => Promise<{ readonly default: ComponentType<PageProps> }>
}

export const pages: readonly Page[] = [
  {
    pattern: "/conferences",
    permission: "conference.lead",
    title: { ru: "Конференции", en: "Conferences" },
    load: () => import("../manager/conferences.tsx")
  },
  {
    pattern: "/conferences/:conference",
    permission: "report.read",
    title: null,
    load: () => import("../manager/live.tsx")
  },
  {
    pattern: "/team",
    permission: "team.read",
    title: { ru: "Команда", en: "Team" },
    load: () => import("../team/page.tsx")
  },
  {
    pattern: "/trends",
    permission: "conference.lead",
    title: { ru: "Динамика", en: "Trends" },
    load: () => import("../manager/trends.tsx")
  },
  {
    pattern: "/trends/:subject",
    permission: "trends.read",
    title: null,
    load: () => import("../manager/trends.tsx")
  },
  {
    pattern: "/data-protection",
    permission: "subject.erase",
    title: { ru: "Защита данных", en: "Data protection" },
    load: () => import("../data-protection/page.tsx")
  },
  {
    pattern: "/data-protection/:section",
    permission: "subject.erase",
    title: null,
    load: () => import("../data-protection/page.tsx")
  },
  {
    pattern: "/replay",
    permission: "replay.read",
    title: { ru: "Воспроизведение", en: "Replay" },
    load: () => import("../replay/page.tsx")
  },
  {
    pattern: "/replay/:conference",
    permission: "replay.read",
    title: null,
    load: () => import("../replay/page.tsx")
  },
  {
    pattern: "/audit",
    permission: "proof.read",
    title: { ru: "Аудит", en: "Audit" },
    load: () => import("../audit/page.tsx")
  },
  {
    // The report alone, for whoever may make it and sees no proofs.
    pattern: "/audit",
    permission: "audit.report",
    title: null,
    load: () => import("../audit/page.tsx")
  },
  {
    pattern: "/inspector",
    permission: "inspector.read",
    title: { ru: "Инспектор", en: "Inspector" },
    load: () => import("../inspector/page.tsx")
  },
  {
    pattern: "/inspector/:conference",
    permission: "inspector.read",
    title: null,
    load: () => import("../inspector/page.tsx")
  },
  {
    pattern: "/accounts",
    permission: "accounts.manage",
    title: { ru: "Учётные записи", en: "Accounts" },
    load: () => import("../accounts/page.tsx")
  },
  {
    pattern: "/retention",
    permission: "retention.read",
    title: { ru: "Сроки хранения", en: "Retention" },
    load: () => import("../retention/page.tsx")
  },
  {
    pattern: "/account",
    permission: "account.own",
    title: null,
    load: () => import("../account/page.tsx")
  }
]
