/** Words of the report, and what each of its numbers does not mean, in both languages. */
export const reportRu = {
  reportTitle: "Результаты звонка",
  rows: {
    satisfaction: "Общая удовлетворенность",
    negative: "Негативные эмоции",
    neutral: "Нейтральные эмоции",
    positive: "Положительные эмоции"
  },
  noData: "нет данных",
  quality: "Насколько этому верить",
  interval: "95 % интервал",
  corrected: "С поправкой на ошибки сети",
  frames: "Кадры",
  framesText: "{counted} учтено, {unreadable} не распознано, {dropped} не прочитано, всего {received}",
  surprise: "Удивление среди положительных",
  timeline: "Ход разговора",
  timelineAlt: "Удовлетворённость по секундам от {from} до {to}; сверху отметки тем",
  peak: "Самый выразительный момент",
  endStretch: "Конец разговора",
  before: "Минута до",
  after: "Минута после",
  topic: "Тема",
  moment: "Момент",
  consentLine: "Основание: согласие от {date}, текст {version}, SHA-256 {hash}",
  noConsentLine: "Согласия не было: ничего не анализировалось.",
  exportCsv: "CSV",
  exportJson: "JSON",
  print: "Печать или PDF",
  backToList: "К списку",
  notes: {
    neverConsented: "Клиент не дал согласия, поэтому чисел нет.",
    consentWithdrawn: "Согласие отозвано во время разговора: числа относятся к времени до отзыва.",
    switchedOff: "На часть разговора анализ был выключен менеджером.",
    interrupted: "Поток прерывался: часть разговора не видна.",
    lowCoverage: "Прочитано меньше половины кадров: числа говорят о меньшей части разговора.",
    short: "Учтено меньше минуты: числа неустойчивы."
  } as Record<string, string>,
  help: {
    satisfaction:
      "Формула договора: (0,5·нейтральные + положительные) к той же сумме с негативными. Это не доля времени и не доля довольных: целиком нейтральный разговор даёт 100 %.",
    negative:
      "Доля учтённых кадров, на которых лицо выглядело негативно. Не доля всего разговора и не то, что человек чувствовал.",
    neutral: "Доля учтённых кадров. Нераспознанные кадры сюда не входят.",
    positive: "Доля учтённых кадров. Удивление договор считает положительным; его часть указана отдельно.",
    interval: "Где оказалось бы число, если взять другие моменты такого же разговора. Ошибки сети сюда не входят.",
    corrected:
      "Оценка без известных ошибок сети. Верна, если сеть ошибается на этом лице так же часто, как на проверочных. Не заменяет договорное число.",
    coverage: "Какая часть присланных кадров прочитана. Не говорит, верно ли прочитано.",
    surprise:
      "Часть положительных, где удивление вероятнее радости. Удивляются и приятному, и неприятному: об удовольствии это не говорит.",
    frames: "Сколько кадров прислано и что с ними стало. Нераспознанные и непрочитанные не входят ни в одну долю.",
    peak: "Десять секунд, когда выражение было сильнее всего, в любую сторону.",
    endStretch: "Последние полминуты учтённых кадров. По концу разговора запоминают его весь.",
    markers: "Сравнение минуты до и минуты после отметки. Не доказывает, что тема была причиной.",
    trend: "Только конференции с согласием на сопоставление. Это не рейтинг: клиенты и темы разные.",
    live: "Сглаженное состояние за последние полсекунды. В отчёт идут показания по кадрам."
  }
}

export const reportEn: typeof reportRu = {
  reportTitle: "Results of the call",
  rows: {
    satisfaction: "Overall satisfaction",
    negative: "Negative emotions",
    neutral: "Neutral emotions",
    positive: "Positive emotions"
  },
  noData: "no data",
  quality: "How far to trust this",
  interval: "95% interval",
  corrected: "Corrected for the net's errors",
  frames: "Frames",
  framesText: "{counted} counted, {unreadable} unreadable, {dropped} not read, {received} in all",
  surprise: "Surprise among positive",
  timeline: "Course of the call",
  timelineAlt: "Satisfaction by the second from {from} to {to}; topic marks above",
  peak: "Most expressive moment",
  endStretch: "End of the call",
  before: "Minute before",
  after: "Minute after",
  topic: "Topic",
  moment: "Moment",
  consentLine: "Basis: consent of {date}, text {version}, SHA-256 {hash}",
  noConsentLine: "There was no consent: nothing was analysed.",
  exportCsv: "CSV",
  exportJson: "JSON",
  print: "Print or PDF",
  backToList: "To the list",
  notes: {
    neverConsented: "The client did not consent, so there are no numbers.",
    consentWithdrawn: "Consent was withdrawn during the call: the numbers are of the time before.",
    switchedOff: "The manager switched the analysis off for part of the call.",
    interrupted: "The stream was interrupted: part of the call was not seen.",
    lowCoverage: "Fewer than half of the frames were read: the numbers speak of the smaller part of the call.",
    short: "Less than a minute was counted: the numbers are unsteady."
  },
  help: {
    satisfaction:
      "The contract's formula: (0.5·neutral + positive) over that sum with negative. Not a share of time or of contented people: an all-neutral call gives 100%.",
    negative:
      "Share of counted frames in which the face looked negative. Not a share of the whole call, and not what the person felt.",
    neutral: "Share of counted frames. Unreadable frames are not in it.",
    positive: "Share of counted frames. The contract counts surprise as positive; its part is shown apart.",
    interval: "Where the number might have come out from other moments of such a call. The net's errors are not in it.",
    corrected:
      "An estimate without the net's known errors. It holds if the net errs on this face as often as on its validation faces. It does not replace the contract's number.",
    coverage: "How much of what was sent could be read. It does not say whether it was read right.",
    surprise:
      "The part of positive in which surprise was likelier than joy. Surprise can be of either kind: it does not mean pleasure.",
    frames: "How many frames were sent and what became of them. Unreadable and unread ones are in no share.",
    peak: "The ten seconds in which the expression was strongest, in either direction.",
    endStretch: "The last half minute of counted frames. People remember a call by its end.",
    markers: "The minute before a mark against the minute after. It does not prove that the topic was the cause.",
    trend: "Only conferences whose clients agreed to comparison. This is no ranking: clients and subjects differ.",
    live: "The smoothed state of the last half second. The report counts every frame's reading."
  }
}
