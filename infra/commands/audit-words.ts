/** What the `audit` commands say, in both languages. */
export const auditWords = {
  ru: {
    log: "Журнал доказательств {name}, ключ {keyId}",
    ownKey: " (взят из самой папки; свой укажите через --key)",
    covered: "доказано коммитов:",
    waiting: "новее, ждут:",
    root: "корень:",
    cosigned: "заверил:",
    at: "{name}, {time}",
    replaced: "ключ заменён:",
    replacedBy: "{from} → {to}, {time}, на {size} коммитах",
    keyReplaced:
      "Ключ журнала доказательств {from} заменён на {to}; новым подписано листьев: {leaves}. Прежнего секретного ключа больше нет",
    keyNext:
      "Раздайте аудиторам новый открытый ключ: {file}. Прежний храните: им проверяются прежние доказательства. Свидетель узнает о замене от сервера при следующем запуске",
    wrong: "НЕ СХОДИТСЯ",
    leaf: "лист {leaf}: ",
    commit: "коммит потока «{stream}», версии {first}–{last}: ",
    more: "… и ещё {count}",
    sound: "Это тот самый журнал, что был подписан.",
    unsound: "Это НЕ тот журнал, что был подписан. Расхождений: {count}.",
    proofWritten: "Доказательство события {version} потока «{stream}» записано в {out} ({bytes} байт)",
    proofCheck: 'Проверить может любой: mimika audit check {out} --key "<открытый ключ журнала>"',
    holds: "Доказательство верно.",
    stream: "поток:",
    events: "события:",
    versions: "версии {first}–{last}",
    committed: "записано:",
    byClock: "{time} по часам сервера",
    digest: "дайджест:",
    digestOf: "{digest} (SHA-256 номера команды и запечатанных байтов)",
    leafOf: "лист:",
    place: "{index} из {size}, журнал {log}",
    exported:
      "Журнал доказательств в папке {out}: {files} файлов по c2sp.org/tlog-tiles. Папку раздаёт любой файловый сервер"
  },
  en: {
    log: "Log {name}, key {keyId}",
    ownKey: " (taken from the folder itself; give --key to use your own)",
    covered: "commits proven:",
    waiting: "newer, waiting:",
    root: "root:",
    cosigned: "cosigned:",
    at: "{name} at {time}",
    replaced: "key replaced:",
    replacedBy: "{from} by {to} at {time}, at {size} commits",
    keyReplaced:
      "The key {from} of the log was replaced by {to}, which has signed {leaves} leaves. The earlier secret key is gone",
    keyNext:
      "Hand the new public key to auditors: {file}. Keep the earlier one: it checks earlier proofs. The witness is told by the server when it starts next",
    wrong: "WRONG",
    leaf: "leaf {leaf}: ",
    commit: 'commit of "{stream}", versions {first} to {last}: ',
    more: "… and {count} more",
    sound: "The journal is the one that was signed.",
    unsound: "The journal is NOT the one that was signed. Findings: {count}.",
    proofWritten: 'Proof of event {version} of "{stream}" written to {out} ({bytes} bytes)',
    proofCheck: 'Anybody can check it: mimika audit check {out} --key "<the log\'s public key>"',
    holds: "The proof holds.",
    stream: "stream:",
    events: "events:",
    versions: "versions {first} to {last}",
    committed: "committed:",
    byClock: "{time} by the server's clock",
    digest: "digest:",
    digestOf: "{digest} (SHA-256 of command id and sealed bytes)",
    leafOf: "leaf:",
    place: "{index} of {size}, log {log}",
    exported:
      "The log is in {out}: {files} files, as c2sp.org/tlog-tiles has them. Serve the folder with any file server"
  }
} as const

export const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
