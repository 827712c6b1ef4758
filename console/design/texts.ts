/** Words of the design system, in both languages. */
import type { Texts } from "./language.ts"

export const designTexts = {
  ru: {
    help: "Что это значит",
    loading: "Загружается…",
    tryAgain: "Попробовать ещё раз",
    offline: "Нет связи с сервером. Ничего не потеряно: страница продолжит сама, как только связь вернётся.",
    close: "Закрыть",
    failed: "Сервер не смог ответить. Попробуйте ещё раз через минуту.",
    noAnswer: "Сервер не отвечает. Проверьте связь и попробуйте ещё раз."
  },
  en: {
    help: "What it means",
    loading: "Loading…",
    tryAgain: "Try again",
    offline: "No connection to the server. Nothing is lost: the page goes on by itself when the connection is back.",
    close: "Close",
    failed: "The server could not answer. Try again in a minute.",
    noAnswer: "The server does not answer. Check the connection and try again."
  }
} satisfies Texts<Record<string, string>>
