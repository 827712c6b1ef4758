/** Words of signing in and enrolling, in both languages. */
import { words } from "../design/language.ts"

const ru = {
  title: "Вход в Mimika",
  login: "Логин",
  password: "Пароль",
  next: "Продолжить",
  orPasskey: "Войти по ключу доступа",
  passkeyHint: "Отпечаток, лицо или PIN этого устройства: второй шаг не нужен",
  orDirectory: "Войти через каталог банка",
  directoryHint: "Той же учётной записью, что и в других системах банка",
  secondTitle: "Второй шаг",
  code: "Код из приложения",
  codeHint: "Шесть цифр, которые сейчас показывает приложение-аутентификатор",
  recovery: "Код восстановления",
  recoveryHint: "Один из десяти кодов, которые вы сохранили при регистрации. Каждый действует один раз",
  useRecovery: "Нет телефона под рукой",
  useCode: "Ввести код из приложения",
  signIn: "Войти",
  back: "Начать сначала",
  enrolTitle: "Регистрация",
  enrolHello: "Ссылка действует один раз. Здесь вы задаёте пароль и второй шаг входа.",
  person: "Учётная запись",
  newPassword: "Пароль",
  passwordHint:
    "Не короче 12 знаков, без логина и простых последовательностей. Хорошо подходит фраза из нескольких слов",
  repeat: "Пароль ещё раз",
  mismatch: "Пароли не совпадают",
  scan: "Отсканируйте код приложением-аутентификатором, затем введите шесть цифр, которые оно покажет.",
  qrAlt: "QR-код для приложения-аутентификатора",
  typed: "Если сканировать нечем, введите ключ вручную:",
  finish: "Завершить регистрацию",
  codesTitle: "Коды восстановления",
  codesWhy:
    "Если телефон потеряется, войти поможет один из этих кодов. Они показаны один раз: сохраните их не там, где пароль.",
  copy: "Скопировать",
  copied: "Скопировано",
  saved: "Я сохранил(а) коды",
  toSignIn: "Перейти ко входу",
  notBriefed: "Войти можно будет, когда администратор отметит ваш инструктаж по безопасности.",
  firstBriefing:
    "Вы первый администратор, и отметить ваш инструктаж по безопасности больше некому. Укажите, когда и кто его провёл: это останется в журнале.",
  heldOn: "Дата инструктажа",
  heldBy: "Кто провёл",
  noLink: "В адресе нет секрета ссылки. Откройте ссылку из приглашения целиком.",
  seconds: "Подождите {n} с и попробуйте снова.",
  faults: {
    wrongPassword:
      "Логин или пароль не подходит. Попробуйте ещё раз или попросите администратора о новой ссылке для регистрации.",
    wrongCode: "Код не подходит: он введён с ошибкой, устарел или уже использован. Дождитесь следующего.",
    wrongRecoveryCode: "Код восстановления не подходит или уже использован. Возьмите другой.",
    wrongPasskey: "Ключ доступа не подошёл. Войдите другим способом.",
    stepExpired: "Прошло слишком много времени. Начните сначала.",
    slowDown: "Слишком много ошибок подряд.",
    noBriefing: "Вход закрыт: инструктаж по безопасности не отмечен. Обратитесь к администратору.",
    disabled: "Учётная запись отключена. Обратитесь к администратору.",
    enrolmentOver: "Ссылка уже использована, заменена или устарела. Попросите администратора о новой.",
    weakPassword: "Пароль слишком простой. Возьмите подлиннее, без логина и простых последовательностей.",
    noSecondFactor:
      "Вход закрыт: второго шага нет ни в каталоге банка, ни здесь. Попросите администратора о ссылке для регистрации.",
    signInAgain: "Вы вошли давно, а пароля, чтобы подтвердить изменение, нет. Выйдите, войдите снова и повторите.",
    directoryOff: "Каталог банка здесь не подключён. Войдите другим способом.",
    directoryUnreachable: "Каталог банка не отвечает. Войдите другим способом или попробуйте позже.",
    directoryDenied: "Каталог банка никого не пропустил. Попробуйте там ещё раз или обратитесь к его администраторам.",
    directoryState:
      "Этот ответ каталога уже использован, опоздал или предназначен другому браузеру. Начните вход заново.",
    directoryAnswer: "Ответу каталога банка нельзя верить: {detail}. Сообщите об этом тем, кто ведёт сервер.",
    directoryStranger:
      "В каталоге банка вас узнали, но учётной записи для вас здесь нет. Передайте администратору этот идентификатор: {detail}",
    notRecorded: "Журнал сейчас не принимает записи, поэтому вход невозможен. Попробуйте через минуту.",
    passkeyCancelled: "Вход по ключу не завершён. Попробуйте ещё раз или войдите по паролю."
  },
  details: {
    issuer: "он выдан другим каталогом",
    audience: "он выдан для другой системы",
    expired: "он просрочен (проверьте часы)",
    nonce: "он относится к другому входу",
    signature: "его подпись не сходится",
    code: "каталог не принял код входа",
    client: "каталог не принял секрет сервера",
    metadata: "каталог называет себя иначе, чем настроено",
    other: "в нём не всё, что должно быть"
  } as Record<string, string>
}

const en: typeof ru = {
  title: "Sign in to Mimika",
  login: "Login",
  password: "Password",
  next: "Continue",
  orPasskey: "Sign in with a passkey",
  passkeyHint: "This device's fingerprint, face or PIN: there is no second step",
  orDirectory: "Sign in through the bank's directory",
  directoryHint: "With the account that you have for the bank's other systems",
  secondTitle: "Second step",
  code: "Code from the app",
  codeHint: "The six digits that your authenticator app shows now",
  recovery: "Recovery code",
  recoveryHint: "One of the ten codes that you kept when you enrolled. Each works once",
  useRecovery: "I don't have my phone",
  useCode: "Enter a code from the app",
  signIn: "Sign in",
  back: "Start again",
  enrolTitle: "Enrolment",
  enrolHello: "This link works once. Here you set your password and the second step of signing in.",
  person: "Account",
  newPassword: "Password",
  passwordHint: "At least 12 characters, without your login and simple sequences. A phrase of several words is good",
  repeat: "Password again",
  mismatch: "The passwords differ",
  scan: "Scan the code with your authenticator app, then enter the six digits it shows.",
  qrAlt: "QR code for the authenticator app",
  typed: "If you cannot scan, type this key:",
  finish: "Finish enrolment",
  codesTitle: "Recovery codes",
  codesWhy:
    "If your phone is lost, one of these codes gets you in. They are shown once: keep them apart from the password.",
  copy: "Copy",
  copied: "Copied",
  saved: "I have kept the codes",
  toSignIn: "Go to sign-in",
  notBriefed: "You can sign in as soon as an administrator has recorded your security briefing.",
  firstBriefing:
    "You are the first administrator, and nobody else can record your security briefing. Say when it was held and by whom: it stays in the journal.",
  heldOn: "Date of the briefing",
  heldBy: "Held by",
  noLink: "The address lacks the link's secret. Open the whole link of the invitation.",
  seconds: "Wait {n} s and try again.",
  faults: {
    wrongPassword: "Login or password is wrong. Try again, or ask an administrator for a new enrolment link.",
    wrongCode: "The code is wrong, too old, or was used before. Wait for the next one.",
    wrongRecoveryCode: "The recovery code is wrong or was used before. Take another one.",
    wrongPasskey: "The passkey does not hold. Sign in another way.",
    stepExpired: "Too much time has passed. Start again.",
    slowDown: "Too many mistakes in a row.",
    noBriefing: "Closed: your security briefing is not on record. Ask an administrator.",
    disabled: "The account is switched off. Ask an administrator.",
    enrolmentOver: "The link was used, replaced, or ran out. Ask an administrator for a new one.",
    weakPassword: "The password is too simple. Take a longer one, without your login and simple sequences.",
    noSecondFactor:
      "Closed: there is no second step for you, neither in the bank's directory nor here. Ask an administrator for an enrolment link.",
    signInAgain:
      "You signed in a while ago, and there is no password to confirm the change with. Sign out, sign in anew, and repeat.",
    directoryOff: "The bank's directory is not connected here. Sign in another way.",
    directoryUnreachable: "The bank's directory does not answer. Sign in another way, or try again later.",
    directoryDenied: "The bank's directory let nobody in. Try again there, or ask its administrators.",
    directoryState:
      "This answer of the directory was used before, came too late, or is for another browser. Start signing in again.",
    directoryAnswer: "The directory's answer cannot be believed: {detail}. Tell those who run the server.",
    directoryStranger:
      "The bank's directory knows you, but no account here is linked with you. Give this id to an administrator: {detail}",
    notRecorded: "The journal takes no records at the moment, so nobody can sign in. Try again in a minute.",
    passkeyCancelled: "Signing in with a passkey was not finished. Try again, or use your password."
  },
  details: {
    issuer: "another directory gave it",
    audience: "it is for another system",
    expired: "it has run out (check the clocks)",
    nonce: "it belongs to another sign-in",
    signature: "its signature does not hold",
    code: "the directory did not take the code",
    client: "the directory did not take the server's secret",
    metadata: "the directory calls itself by another name than is configured",
    other: "something in it is missing or wrong"
  }
}

export const signInWords = () => words({ ru, en })
