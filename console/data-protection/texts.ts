/** Words of the data-protection officer's pages, in both languages. */
import { words } from "../design/language.ts"

const ru = {
  title: "Защита данных",
  report: "Отчёт за период",
  sections: "Разделы страницы",
  client: "Клиент",
  erasures: "Удаления",
  consentTexts: "Тексты согласий",

  searchTitle: "Кого ищете",
  searchWhy: "Сначала в журнал операций записываются ваш запрос и причина, затем показываются данные.",
  by: "Как искать",
  byClient: "По идентификатору",
  byPseudonym: "По псевдониму",
  byConference: "По конференции",
  clientId: "Идентификатор клиента",
  clientHint: "В банке или в CRM, точно как там записан",
  pseudonymHint: "Например, из отчёта или из акта",
  conferenceHint: "Идентификатор конференции, например из отчёта",
  reason: "Причина",
  reasonHint: "Например: обращение № 123. Без имён: причина хранится дольше данных",
  show: "Показать",
  searching: "Ищем…",
  another: "Искать другого",

  pseudonym: "Псевдоним",
  externalId: "Идентификатор в банке",
  names: "Имя",
  contacts: "Контакты",
  crmIds: "В других системах",
  nobody: "Справочник больше не знает, кто это",
  none: "нет",
  heldCounts: "Событий: {events}, потоков: {streams}",
  personDue: "Если новых разговоров не будет, срок остальных сведений истечёт {date}",
  exportJson: "Выгрузить всё (JSON)",
  exportHtml: "Выгрузить для чтения (HTML)",
  exported: "Выгрузка сохранена, запись о ней внесена в журнал операций.",
  erase: "Удалить данные…",

  months: "Что хранится и до какого срока",
  month: "Месяц",
  what: "Что",
  events: "Событий",
  due: "Срок истекает",
  noMonths: "По целям обработки ничего не хранится.",
  conferences: "Конференции",
  conference: "Конференция",
  started: "Начало",
  ended: "Конец",
  running: "идёт",
  readingsGone: "показания уже удалены",
  noConferences: "Конференций нет.",
  consents: "Согласия",
  purpose: "Цель",
  given: "Дано",
  withdrawn: "Отозвано",
  stands: "действует",
  version: "Редакция",
  hash: "SHA-256 текста",
  noConsents: "Клиент ни на что не соглашался.",

  keptNames: {
    expressionAnalysis: "Показания по кадрам и отчёты",
    illustrationInteraction: "Иллюстрации и действия с ними",
    consentEvidence: "Доказательства согласий"
  } as Record<string, string>,

  textsWhy:
    "Опубликованные тексты не меняются: новая формулировка — это новая редакция. Рядом с каждым — сколько согласий дано под ним и сколько из них действует.",
  countedAt: "Подсчитано в {time}.",
  counting: "Считаем: {done} из {n} доказательств.",
  language: "Язык",
  givenCount: "Дано",
  standingCount: "Действует",
  clientCount: "Клиентов",
  fullText: "Полный текст",
  unpublished:
    "Этого текста среди опубликованных больше нет, а согласия на него есть. Верните его в consent-texts.json.",

  faults: {
    badRequest: "Заполните все поля. Причина — от 3 до 300 знаков.",
    noReason: "Укажите причину: от 3 до 300 знаков.",
    namesPerson: "В причине узнаётся клиент, а она хранится дольше его данных. Укажите номер обращения или приказа.",
    unknownClient: "Такого клиента нет: под этим идентификатором ничего не хранится. Проверьте, как он записан.",
    severalClients: "Под этим идентификатором несколько клиентов. Найдите нужного по псевдониму.",
    erasedBefore: "Данные этого клиента уже удалены. Акт — в разделе «Удаления».",
    noLook: "С вашего запроса прошло больше получаса. Найдите клиента ещё раз и укажите причину.",
    unknownErasure: "Этого документа нет: удаление ещё не закончено.",
    wrongPassword: "Пароль не подошёл.",
    signInAgain: "С вашего входа прошло больше 10 минут. Войдите заново и повторите.",
    OperationNotRecorded:
      "Журнал операций сейчас не принимает записи, поэтому ничего не сделано. Повторите через минуту.",
    SubjectErased: "Данные этого клиента уже удалены. Акт — в разделе «Удаления»."
  }
}

const en: typeof ru = {
  title: "Data protection",
  report: "Report of a period",
  sections: "Sections of the page",
  client: "Client",
  erasures: "Erasures",
  consentTexts: "Consent texts",

  searchTitle: "Whom you look for",
  searchWhy: "Your look and its reason go into the journal of operations first; then the data is shown.",
  by: "Search by",
  byClient: "By id",
  byPseudonym: "By pseudonym",
  byConference: "By conference",
  clientId: "The client's id",
  clientHint: "At the bank or in the CRM, exactly as it is written there",
  pseudonymHint: "For example from a report or an act",
  conferenceHint: "The conference's id, for example from a report",
  reason: "Reason",
  reasonHint: "For example: letter no. 123. No names: the reason is kept longer than the data",
  show: "Show",
  searching: "Looking…",
  another: "Look for another one",

  pseudonym: "Pseudonym",
  externalId: "Id at the bank",
  names: "Name",
  contacts: "Contacts",
  crmIds: "In other systems",
  nobody: "The directory does not know any more who this is",
  none: "none",
  heldCounts: "Events: {events}, streams: {streams}",
  personDue: "Without new calls, everything else is due on {date}",
  exportJson: "Export everything (JSON)",
  exportHtml: "Export for reading (HTML)",
  exported: "The export is saved, and on record in the journal of operations.",
  erase: "Erase…",

  months: "What is kept, and until when",
  month: "Month",
  what: "What",
  events: "Events",
  due: "Due",
  noMonths: "Nothing is kept for any purpose.",
  conferences: "Conferences",
  conference: "Conference",
  started: "Began",
  ended: "Ended",
  running: "running",
  readingsGone: "the readings are gone already",
  noConferences: "There are no conferences.",
  consents: "Consents",
  purpose: "Purpose",
  given: "Given",
  withdrawn: "Withdrawn",
  stands: "stands",
  version: "Version",
  hash: "SHA-256 of the text",
  noConsents: "The client has agreed to nothing.",

  keptNames: {
    expressionAnalysis: "Readings of frames, and reports",
    illustrationInteraction: "Illustrations and touches of them",
    consentEvidence: "Proofs of consents"
  },

  textsWhy:
    "Published texts never change: a new wording is a new version. Beside each stands how many consents were given to it, and how many of them stand.",
  countedAt: "Counted at {time}.",
  counting: "Counting: {done} of {n} proofs.",
  language: "Language",
  givenCount: "Given",
  standingCount: "Standing",
  clientCount: "Clients",
  fullText: "Full text",
  unpublished: "This text is not published any more, and consents rest on it. Put it back into consent-texts.json.",

  faults: {
    badRequest: "Fill in every field. A reason has 3 to 300 characters.",
    noReason: "Give a reason of 3 to 300 characters.",
    namesPerson:
      "The reason names the client, and it is kept longer than the data. Give the number of a letter or an order.",
    unknownClient: "There is no such client: nothing is kept under this id. Check how it is written.",
    severalClients: "Several clients have this id. Look for the one you mean by pseudonym.",
    erasedBefore: "This client's data was erased before. The act is under Erasures.",
    noLook: "You looked more than half an hour ago. Look for the client again and give a reason.",
    unknownErasure: "There is no such document: the erasure is not finished.",
    wrongPassword: "The password is wrong.",
    signInAgain: "You signed in more than 10 minutes ago. Sign in anew and try again.",
    OperationNotRecorded:
      "The journal of operations takes no records at the moment, so nothing was done. Try again in a minute.",
    SubjectErased: "This client's data was erased before. The act is under Erasures."
  }
}

export const protectionWords = () => words({ ru, en })
