/**
 * What a client agrees to, word for word: one text for each purpose and language, known by its version and the SHA-256 of its
 * UTF-8 bytes. A text that was shown to anybody is never changed: a new wording is a new version, and the old ones stay. It decides
 * nothing: whether a consent names a published text is asked in `publishedText`.
 */
import type { Consent, ConsentPurpose } from "./wire.ts"

export interface ConsentText {
  readonly purpose: ConsentPurpose
  /** As the consent names it. */
  readonly version: string
  readonly language: "ru" | "en"
  readonly text: string
  /** Of the text in UTF-8, hexadecimal. */
  readonly sha256: string
}

/** The text that a consent rests on, or null when it names none that was published for exactly its purpose. */
export function publishedText(
  texts: readonly ConsentText[],
  { purposes, textVersion, textSha256 }: Pick<Consent, "purposes" | "textVersion" | "textSha256">
): ConsentText | null {
  const [purpose, another] = purposes
  if (purpose === undefined || another !== undefined) return null
  const found = texts.find((text) => text.sha256 === textSha256 && text.version === textVersion)
  return found?.purpose === purpose ? found : null
}

/** Shipped with the product; a bank publishes its own beside them. */
export const shippedConsentTexts: readonly ConsentText[] = [
  {
    purpose: "expressionAnalysis",
    version: "1",
    language: "ru",
    text: "Во время этой видеоконференции я разрешаю банку автоматически определять по кадрам с моей камеры, как выглядит моё лицо: негативно, нейтрально или позитивно. Видео не сохраняется: каждый кадр удаляется сразу после обработки, хранятся только числа под случайным псевдонимом. Менеджер видит результат во время разговора, отчёт хранится до 12 месяцев. Лицо не распознаётся, личность по нему не устанавливается, решения обо мне по этим данным не принимаются. Без этого согласия разговор пройдёт как обычно. Согласие можно отозвать в любой момент одним нажатием: анализ прекратится в течение секунды.",
    sha256: "f0f533386f9fa53cd4774bba075f70f848fde4e66f00ee7993ac5a7a1fc8dc3a"
  },
  {
    purpose: "expressionAnalysis",
    version: "1",
    language: "en",
    text: "During this video conference I allow the bank to determine automatically, from the frames of my camera, how my face looks: negative, neutral or positive. No video is kept: each frame is discarded as soon as it has been processed, and only numbers are stored, under a random pseudonym. The manager sees the result during the call; the report is kept for up to 12 months. My face is not recognised, I am not identified by it, and no decision about me is made from these data. Without this consent the call goes on as usual. I can withdraw it at any moment with one click: the analysis then stops within a second.",
    sha256: "51cf97388e3a6ec9e78f236f5a0ba5e8a889b7b0831295f8fb261499080cf2a6"
  },
  {
    purpose: "trends",
    version: "1",
    language: "ru",
    text: "Я разрешаю банку сопоставлять показатели моих видеоконференций между собой, чтобы видеть, как со временем меняется качество обслуживания. Сопоставляются только числа отчётов под случайным псевдонимом, не дольше 12 месяцев. Без этого согласия каждый отчёт остаётся сам по себе. Согласие можно отозвать в любой момент.",
    sha256: "3f4c77e9a223f7955a1b16e7a9ff76fe33b5e335efb4d22f4f38ad85a13c0b93"
  },
  {
    purpose: "trends",
    version: "1",
    language: "en",
    text: "I allow the bank to compare the figures of my video conferences with one another, to see how the quality of service changes over time. Only the numbers of the reports are compared, under a random pseudonym, for no longer than 12 months. Without this consent each report stands by itself. I can withdraw it at any moment.",
    sha256: "14127f512abae28c9ce9aeace408f88ed832a105040f9d430bad1b105f346f13"
  },
  {
    purpose: "illustrationInteraction",
    version: "1",
    language: "ru",
    text: "Я разрешаю банку записывать, что я рассматриваю и какие элементы нажимаю на показанной мне поясняющей картинке, чтобы понять, помогает ли она. Записываются номера элементов и время под случайным псевдонимом, не дольше 12 месяцев. Без этого согласия картинка показывается так же, но ничего не записывается. Согласие можно отозвать в любой момент.",
    sha256: "a2a7b66337d11a9499a3deb9dd4079c5726b0296f96c734e624514b574e83355"
  },
  {
    purpose: "illustrationInteraction",
    version: "1",
    language: "en",
    text: "I allow the bank to record what I look at and which elements I tap on the explanatory picture I am shown, to learn whether it helps. Numbers of elements and times are recorded under a random pseudonym, for no longer than 12 months. Without this consent the picture is shown just the same and nothing is recorded. I can withdraw it at any moment.",
    sha256: "d0f9376785b9ab6547111a494d110d67367e98834bcd09baaf5b7c13ab88aaf7"
  },
  {
    purpose: "crmTransfer",
    version: "1",
    language: "ru",
    text: "Я разрешаю передать итоговые числа отчёта об этой видеоконференции в систему банка для работы с клиентами и в его аналитику. Передаются доли и оценка, без кадров и без хода разговора. Без этого согласия числа остаются в журнале системы анализа. Согласие можно отозвать в любой момент: дальше ничего не передаётся.",
    sha256: "5ca446157839c42edf4756aba81d3e55190247da9296ebcbde3be9ba1d7708e2"
  },
  {
    purpose: "crmTransfer",
    version: "1",
    language: "en",
    text: "I allow the final numbers of the report on this video conference to be passed to the bank's customer relationship system and its analytics. Shares and the score are passed on, no frames and not the course of the call. Without this consent the numbers stay in the journal of the analysis system. I can withdraw it at any moment: nothing more is passed on.",
    sha256: "d48182089525fc95737fce909232392769a5680897f16e2dd7044e7cd25c1ffb"
  },
  {
    purpose: "qualityResearch",
    version: "1",
    language: "ru",
    text: "Я разрешаю использовать числа отчётов обо мне и мои ответы на вопросы после разговора, чтобы проверять и улучшать точность системы. Используются только числа под случайным псевдонимом, без видео. Без этого согласия они не используются. Согласие можно отозвать в любой момент.",
    sha256: "802fec7a6d9888d759adbfc4e98fefe83f9a565309befdef6804b7785dc2e4d8"
  },
  {
    purpose: "qualityResearch",
    version: "1",
    language: "en",
    text: "I allow the numbers of the reports on me and my answers to the questions after the call to be used to check and improve the accuracy of the system. Only numbers under a random pseudonym are used, no video. Without this consent they are not used. I can withdraw it at any moment.",
    sha256: "4557d9724824960785cf6fe0857c3c9b3118ea8688d9468c7f4f931e05cbdb4c"
  }
]
