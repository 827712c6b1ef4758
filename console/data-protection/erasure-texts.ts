/** Words of erasures and of what they leave in hand, in both languages. */
import { words } from "../design/language.ts"

const ru = {
  eraseTitle: "Удаление данных клиента",
  eraseWhat: "Будет уничтожено:",
  eraseConferences: "конференции ({n}): показания, отчёты, иллюстрации",
  eraseConsents: "доказательства согласий ({n})",
  erasePerson: "имя, контакты и идентификаторы в справочнике",
  eraseForGood:
    "Отменить это нельзя: ключи шифрования уничтожаются, и данные не прочесть ни здесь, ни в резервных копиях.",
  eraseRunning: "Сейчас у клиента идёт конференция. Она завершится с отчётом.",
  eraseRemains:
    "Останется запись о самом удалении: псевдоним, время, ваша учётная запись и причина. То, что уже выдано другим, система вернуть не может.",
  password: "Ваш пароль",
  passwordHint: "Второй шаг: открытого экрана для удаления мало",
  noPassword: "Пароля у вас нет, поэтому удалить можно только в первые 10 минут после входа.",
  eraseYes: "Удалить безвозвратно",
  eraseAgain: "Повторить удаление",
  cancel: "Отмена",
  steps: {
    SubjectErasureRequested: "Запрос записан",
    SubjectFenced: "Конференции закончены, новые не начнутся",
    SubjectKeyDestroyed: "Ключи уничтожены и внесены в список запрещённых",
    SubjectForgotten: "Справочник очищен",
    SubjectErased: "Сертификат подписан"
  } as Record<string, string>,
  erasing: "Удаляем…",
  mayClose: "Окно можно закрыть: удаление продолжится, ход виден в разделе «Удаления».",
  erased: "Данные удалены. Сохраните акт и сертификат.",
  notErased: "Данные ещё НЕ удалены. {next}",
  nextSteps: {
    fence: "Конференция клиента не закончилась вовремя. Подождите минуту и повторите.",
    bar: "Список запрещённых ключей не принял запись. Передайте подробности администратору сервера и повторите, когда он исправит.",
    destroy:
      "Хранилище ключей не ответило. Передайте подробности администратору сервера; повторите сейчас или после исправления.",
    forget: "Ключи уже уничтожены, но справочник не ответил. Передайте подробности администратору сервера и повторите.",
    certify:
      "Прочесть данные уже нельзя, но сертификат не подписан. Передайте подробности администратору сервера и повторите."
  } as Record<string, string>,
  details: "Подробности",
  unsure: "Ответа нет, но удаление могло начаться. Его состояние — в разделе «Удаления».",

  noErasures: "Удалений ещё не было",
  noErasuresWhy: "Здесь появятся акты и сертификаты всех удалений: по вашему решению, по просьбе клиента и по сроку.",
  requested: "Запрошено",
  state: "Состояние",
  documents: "Документы",
  stateNames: { running: "выполняется", failed: "не закончено", done: "удалено" } as Record<string, string>,
  endedConferences: "Прервано конференций: {n}",
  files: {
    "act.html": "Акт",
    "certificate.json": "Сертификат",
    "certificate.sig": "Подпись",
    "certificate-key.pem": "Открытый ключ",
    "journal-extract.json": "Выписка из журнала"
  } as Record<string, string>,
  actHow: "Акт откроется в браузере, его можно напечатать. Как проверить подпись, сказано в акте."
}

const en: typeof ru = {
  eraseTitle: "Erase a client's data",
  eraseWhat: "What will be destroyed:",
  eraseConferences: "conferences ({n}): readings, reports, illustrations",
  eraseConsents: "proofs of consents ({n})",
  erasePerson: "name, contacts and ids in the directory",
  eraseForGood: "This cannot be undone: the keys are destroyed, and nobody can read the data, here or in any backup.",
  eraseRunning: "A conference of this client runs now. It will end with its report.",
  eraseRemains:
    "What remains is the record of the erasure: pseudonym, time, your account and the reason. What was given to others cannot be called back.",
  password: "Your password",
  passwordHint: "A second step: an open screen is not enough",
  noPassword: "You have no password, so you can erase only within 10 minutes of signing in.",
  eraseYes: "Erase for good",
  eraseAgain: "Try the erasure again",
  cancel: "Cancel",
  steps: {
    SubjectErasureRequested: "The request is on record",
    SubjectFenced: "Conferences have ended, and none can start",
    SubjectKeyDestroyed: "Keys are destroyed and on the bar list",
    SubjectForgotten: "The directory has forgotten",
    SubjectErased: "The certificate is signed"
  },
  erasing: "Erasing…",
  mayClose: "You may close this window: the erasure goes on, and Erasures shows how far it is.",
  erased: "The data is erased. Save the act and the certificate.",
  notErased: "The data is NOT erased yet. {next}",
  nextSteps: {
    fence: "A conference of the client did not end in time. Wait a minute, then try again.",
    bar: "The bar list took no entry. Hand the details to the server's operator, and try again once it is mended.",
    destroy:
      "The key store did not answer. Hand the details to the server's operator; try again now or once it is mended.",
    forget:
      "The keys are destroyed, but the directory did not answer. Hand the details to the server's operator, then try again.",
    certify:
      "Nobody can read the data any more, but no certificate is signed. Hand the details to the server's operator, then try again."
  },
  details: "Details",
  unsure: "There is no answer, but the erasure may have begun. Erasures shows how far it is.",

  noErasures: "There were no erasures yet",
  noErasuresWhy:
    "Acts and certificates of all erasures appear here: yours, those that clients asked for, and those that were due.",
  requested: "Asked for",
  state: "State",
  documents: "Documents",
  stateNames: { running: "under way", failed: "not finished", done: "erased" },
  endedConferences: "Conferences ended: {n}",
  files: {
    "act.html": "Act",
    "certificate.json": "Certificate",
    "certificate.sig": "Signature",
    "certificate-key.pem": "Public key",
    "journal-extract.json": "Journal extract"
  },
  actHow: "The act is in Russian and opens in a browser, to be printed. It says how to check the signature."
}

export const erasureWords = () => words({ ru, en })
