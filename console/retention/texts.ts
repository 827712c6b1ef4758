/** Words of the page of retention, in both languages. */
import { words } from "../design/language.ts"

const ru = {
  title: "Сроки хранения",
  why: "Что отслужило свой срок, уничтожается само: каждый день, с сертификатом и записью в журнале операций. Срок считается от конца месяца, в котором началась конференция.",
  readOnly: "Сроки меняет администратор. Здесь видно, какие действуют.",
  what: "Что хранится",
  days: "Дней",
  dueNow: "Срок истёк",
  nothing: "нет",
  keyCount: "месячных ключей: {n}",
  personCount: "клиентов: {n}",
  names: {
    expressionAnalysis: "Показания по кадрам и отчёты",
    illustrationInteraction: "Иллюстрации и действия с ними",
    consentEvidence: "Доказательства согласий",
    operations: "Журнал операций",
    person: "Сведения о клиенте"
  } as Record<string, string>,
  hints: {
    expressionAnalysis: "Всё, что прочитано по кадрам во время разговора",
    illustrationInteraction: "Запросы, замечания, картинки и нажатия на них",
    consentEvidence: "Что, когда и под каким текстом клиент разрешил или отозвал",
    operations: "Кто что смотрел, выгружал, удалял и менял: от этого зависят акты и доказательства",
    person: "Имя, контакты, идентификаторы; после последнего следа клиента. Не короче, чем остальное о нём"
  } as Record<string, string>,
  reason: "Основание",
  reasonHint: "Например: приказ № 7. Сохранится в журнале операций",
  change: "Изменить сроки…",
  confirmTitle: "Новые сроки хранения",
  from: "было {days}",
  shorter:
    "Сроки станут короче. Что по ним уже просрочено, уничтожится при ближайшем ежедневном запуске, и вернуть это будет нельзя.",
  save: "Применить",
  cancel: "Отмена",
  saved: "Сроки изменены, запись внесена в журнал операций.",
  outOfBounds: "Целое число дней от {min} до {max}",
  personShorter: "Не меньше самого длинного срока для данных клиента: {days}",
  state: "Состояние",
  owed: "Начатые и не законченные уничтожения",
  backup: "Последняя резервная копия журнала",
  never: "не делалась",
  overdue: "Пора сделать новую: просрочено дней — {days}",
  faults: {
    badRequest: "Укажите сроки целым числом дней и основание от 3 до 300 знаков.",
    PeriodsRefused:
      "Такие сроки задать нельзя: проверьте границы и то, что сведения о клиенте хранятся не меньше остального.",
    OperationNotRecorded: "Журнал операций сейчас не принимает записи. Повторите через минуту."
  }
}

const en: typeof ru = {
  title: "Retention",
  why: "What has served its time is destroyed by itself: every day, with a certificate and a record in the journal of operations. Time counts from the end of the month in which the conference began.",
  readOnly: "An administrator sets the periods. Here you see those in force.",
  what: "What is kept",
  days: "Days",
  dueNow: "Due",
  nothing: "nothing",
  keyCount: "keys of months: {n}",
  personCount: "clients: {n}",
  names: {
    expressionAnalysis: "Readings of frames, and reports",
    illustrationInteraction: "Illustrations and touches of them",
    consentEvidence: "Proofs of consents",
    operations: "The journal of operations",
    person: "Who the client is"
  },
  hints: {
    expressionAnalysis: "Everything that was read from frames during a call",
    illustrationInteraction: "Prompts, remarks, pictures and touches of them",
    consentEvidence: "What a client allowed or took back, when, and shown which text",
    operations: "Who read, exported, erased and changed what: acts and proofs rest on it",
    person: "Name, contacts, ids; after the client's last trace. Not shorter than all else of the client"
  },
  reason: "Reason",
  reasonHint: "For example: order no. 7. It is kept in the journal of operations",
  change: "Change the periods…",
  confirmTitle: "New periods",
  from: "was {days}",
  shorter:
    "Periods get shorter. What is overdue by them is destroyed by the next daily run, and cannot be brought back.",
  save: "Apply",
  cancel: "Cancel",
  saved: "The periods are changed, and that is on record in the journal of operations.",
  outOfBounds: "Whole days, {min} to {max}",
  personShorter: "Not less than the longest of a client's periods: {days}",
  state: "State",
  owed: "Destructions that were begun and are not finished",
  backup: "Last backup of the journal",
  never: "never made",
  overdue: "A new one is owed; days overdue: {days}",
  faults: {
    badRequest: "Give whole days, and a reason of 3 to 300 characters.",
    PeriodsRefused:
      "These periods cannot be set: look at the bounds, and that who the client is stays as long as all else.",
    OperationNotRecorded: "The journal of operations takes no records at the moment. Try again in a minute."
  }
}

export const retentionWords = () => words({ ru, en })
