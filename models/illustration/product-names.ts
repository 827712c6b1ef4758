/**
 * Names of products: taken out of the words around them and put into the nominative where a preposition had bent a well-known noun.
 * It never invents or translates a name, and leaves anything in quotes as it is.
 */

interface Noun {
  readonly nominative: string
  readonly forms: RegExp
  readonly gender: "masculine" | "neuter" | "feminine" | "plural"
}

const noun = (nominative: string, gender: Noun["gender"], forms: string): Noun => ({
  nominative,
  gender,
  forms: new RegExp(`^(?:${forms})$`, "iu")
})

const nouns: readonly Noun[] = [
  noun("вклад", "masculine", "вклада|вкладу|вкладом|вкладе"),
  noun("вклады", "plural", "вкладов|вкладам|вкладами|вкладах"),
  noun("депозит", "masculine", "депозита|депозиту|депозитом|депозите"),
  noun("депозиты", "plural", "депозитов|депозитам|депозитами|депозитах"),
  noun("счёт", "masculine", "счёту|счету|счётом|счетом|счёте|счете|счёта"),
  noun("облигации", "plural", "облигаций|облигациям|облигациями|облигациях"),
  noun("облигация", "feminine", "облигацию|облигацией"),
  noun("еврооблигации", "plural", "еврооблигаций|еврооблигациям|еврооблигациями|еврооблигациях"),
  noun("евробонды", "plural", "евробондов|евробондам|евробондами|евробондах"),
  noun("акции", "plural", "акций|акциям|акциями|акциях"),
  noun("слитки", "plural", "слитков|слиткам|слитками|слитках"),
  noun("слиток", "masculine", "слитка|слитку|слитком|слитке"),
  noun("фонд", "masculine", "фонда|фонду|фондом|фонде"),
  noun("фонды", "plural", "фондов|фондам|фондами|фондах"),
  noun("ПИФ", "masculine", "пифа|пифу|пифом|пифе"),
  noun("ПИФы", "plural", "пифов|пифам|пифами|пифах"),
  noun("золото", "neuter", "золота|золоту|золотом|золоте"),
  noun("серебро", "neuter", "серебра|серебру|серебром|серебре"),
  noun("недвижимость", "feminine", "недвижимости|недвижимостью"),
  noun("сертификат", "masculine", "сертификата|сертификату|сертификатом|сертификате"),
  noun("вексель", "masculine", "векселя|векселю|векселем|векселе"),
  noun("монеты", "plural", "монет|монетам|монетами|монетах")
]

const headNoun =
  /^(?:вклад|депозит|сч[её]т|облигаци|еврооблигаци|евробонд|акци|слит[ко]|фонд|пиф|бпиф|золот|серебр|омс|офз|недвижимост|сертификат|вексел|монет|deposit|bond|fund|stock|share|equit|gold|silver|bullion|saving|etf|account|certificate|treasur|real)/i

const adjectiveEndings: Record<Noun["gender"], (adjective: string) => string> = {
  masculine: (word) =>
    word
      .replace(/([кгхжшщч])(?:ому|ого|им|ом)$/u, "$1ий")
      .replace(/(?:ому|ого|ым|ом)$/u, "ый")
      .replace(/(?:ему|его|им|ем)$/u, "ий"),
  neuter: (word) => word.replace(/(?:ому|ого|ым|ом)$/u, "ое").replace(/(?:ему|его|им|ем)$/u, "ее"),
  feminine: (word) => word.replace(/(?:ой|ую|ою)$/u, "ая").replace(/(?:ей|юю)$/u, "яя"),
  plural: (word) => word.replace(/(?:ыми|ым|ых)$/u, "ые").replace(/(?:ими|им|их)$/u, "ие")
}

const matchCase = (pattern: string, word: string): string =>
  pattern === pattern.toUpperCase() && pattern.length > 1
    ? word.toUpperCase()
    : /^\p{Lu}/u.test(pattern)
      ? word.charAt(0).toUpperCase() + word.slice(1)
      : word

/** Puts the head noun and the adjectives before it into the nominative; words after a preposition stay as they are. */
export const toNominative = (name: string): string => {
  const words = name.split(" ")
  for (let index = 0; index < Math.min(words.length, 4); index += 1) {
    const word = words[index]!
    if (/^(?:в|на|с|со|из|под|для|по|от)$/i.test(word)) return name
    const found = nouns.find((candidate) => candidate.forms.test(word))
    if (found !== undefined) {
      // "Стоимость золота": what stands before is no adjective, so the case is its own.
      const before = words.slice(0, index)
      if (!before.every((each) => /(?:[оеё](?:го|му|й|м)|[ыи](?:м|х|ми)|ую|юю)$/i.test(each))) return name
      const adjectives = before.map((each) => (/[а-яё]{4}/u.test(each) ? adjectiveEndings[found.gender](each) : each))
      return [...adjectives, matchCase(word, found.nominative), ...words.slice(index + 1)].join(" ")
    }
    if (headNoun.test(word)) return name
  }
  return name
}

/** Does an unquoted name hold two well-known products joined by "и", so that one yield may belong to either? */
export const holdsTwoProducts = (name: string): boolean => {
  const sides = name.split(/\s+(?:и|and|&|или|or)\s+/i)
  return sides.length > 1 && sides.every((side) => side.split(" ").some((word) => headNoun.test(word)))
}

const connector =
  /^(?:и|а|но|или|либо|против|плюс|также|ещё|еще|а\s+также|затем|потом|vs\.?|versus|and|or|but|then|also|against|while|whereas|тогда\s+как|а\s+вот|зато|минус|minus|&|\+|\/)(?=\s|$)/i
const connectorTail =
  /(?:\s|^)(?:и|а|но|или|либо|против|vs\.?|versus|and|or|but|while|whereas|&|\+|\/)(?:\s+(?:an?|the))?$/i
const article = /^(?:the|an?)(?=\s)/i
const punctuation = /^[\s:=@—–\-,.;!?→|*•·/]+|[\s:=@—–\-,;!?→|/]+$/gu
const byPreposition = /^(?:по|для|у|между|за|под|for|between|on|from|by|with|against|in)(?=\s)/i
const byKnownNoun =
  /^(?:в|во|на|с|со|из|in|into|to)\s+(?=(?:[a-zа-яё]+\s+)?(?:вклад|депозит|сч[её]т|облигац|еврооблиг|акци|слит[ко]|фонд|пиф|золот|серебр|омс|офз|deposit|bond|fund|gold|stock))/i
const rateOf =
  /^(?:(?:процентная\s+)?ставка|доходность|доход|(?:the\s+)?(?:interest\s+)?(?:yield|rate|return)s?)\s+(?:(?:по|на|у|от|of|on|for|from)\s+|(?=[a-zа-яё]+(?:а|у|ов|ев|ий|й|ы|и)(?:\s|$)))/i
const byAnyPreposition = /^(?:по|для|у|между|за|на|в|во|с|со|for|between|on|from|by|in|with|at|to)(?=\s)/i
const request =
  /^(?:готов[аы]?|планирует|может|собирается|имеет|располагает|ready|plans?|planning|has|have|показать|нарисовать|сравнить|объяснить|изобразить|проиллюстрировать|мой|моя|моему|наш|наша|нашему|выбирает|выбор|покажи(?:те)?|нарисуй(?:те)?|изобрази(?:те)?|сравни(?:те|м|ть)?|сделай(?:те)?|построй(?:те)?|объясни(?:те)?|проиллюстрируй(?:те)?|поясни(?:те)?|хочу|хочет|хотим|хотят|нужн[аоы]|нужен|надо|давай(?:те)?|пожалуйста|мне|нам|ему|ей|клиенту|клиентке|клиент|клиента|клиентка|картинку|картинка|картинки|иллюстрацию|иллюстрация|рисунок|схему|разницу|разница|разницей|сравнение|различие|доходност(?:ь|и|ей|ью)(?=\s+(?:продуктов|между|по|вложений|инвестиций)|\s*:|\s*$)|доходности|продуктов|продукты|вариант(?:ы|ов)|предложения|есть|у\s+нас|вот|чем|что|сколько|даст|дадут|растёт|растет|растут|быстрее|лучше|выгоднее|если|положить|вложить|вложит|положит|разместить|(?:сумм[ауые]|на\s+сумму|сроком|срок)(?=\s*(?::|$))|вложение|вложения|деревьями|деревья|деревьев|наглядно|между|show|draw|compare|comparing|comparison|illustrate|make|create|paint|picture|an?\s+picture|please|me|us|our|the\s+client|a\s+client|client|clients?|difference|differences|between|of|products|options|yields|we\s+have|we\s+offer|i\s+want|i\s+need|wants?|to|invest(?:ing|ment|s)?(?=\s+(?:in|into|of|for|with|[a-zа-яё]+\s)|\s*$)|(?:amount|term)(?=\s*(?::|$))|my|which|what|grows?|faster|is|are|better|best|as\s+trees|trees|here|there|how|can\s+you|could\s+you|would\s+like|a\s+picture|the\s+difference|using|with|for|over|in|returns\s+of|the\s+yields?|the\s+returns?)(?![a-zа-яё])/i
const requestVerb =
  /(?:покаж|нарису|изобраз|сравн|сдела|постро|объясн|проиллюстр|поясн|хоч|хот|нужн|вариант|продукт|предложен|доходност|иллюстрац|картинк|клиент|show|draw|compar|illustrat|picture|option|product|yields|client|invest|would|choos|decid|torn|hesitat|дума|сомнева|реша|выб|прин[её]с|станет|даст)/i
const linkTail =
  /(?:^|\s)(?:с\s+суммы|на\s+сумму|выгоднее|надёжнее|надежнее|под|по|с|со|в|на|at|with|of|to|for|даёт|дает|дают|даст|дадут|приносит|приносят|принесёт|принесет|принесут|прин[её]с(?:ла|ло|ли)?|предлагает|предлагают|платит|платят|начисляет|начисляют|заработал[аои]?|вырос(?:ла|ло|ли)?|котор(?:ый|ая|ое|ые)|earned|grew|gained|returned|made|paid|which|that|up|will|would|could|can|обещает|составляет|составит|будет|это|есть|равна|(?<!(?:ая|ую|ой|яя)\s)ставк(?:а|ой|е|и|у)|процентн(?:ая|ой)\s+ставк(?:а|ой|е)|(?<!(?:ая|ую|ой|яя)\s)доходност(?:ь|ью|и)|процент(?:ом|ы)?|годов(?:ая|ой|ых)|yields?|yielding|returns?|returning|pays?|paying|earns?|earning|gives?|giving|offers?|offering|is|are|(?<!(?:key|prime|base|bonus|policy|discount|promo|inflation)\s)rate|interest|interest\s+rate|rate\s+of|an?|the|about|currently|brings?|bringing|makes?|has|have|having)$/i
const filler =
  /^(?:соответственно|respectively|годовых|что\s+(?:лучше|выгоднее)|спасибо|thanks?|thank\s+you|please|пожалуйста|доход(?:ность)?|ставка|yield|rate|return|название|продукт|product|name|процент|проценты|срок|сумма|amount|term|каждый|each|итого|p\s*a|на|под|с|for|at|with|on|by|доступно|сейчас|today|now|сегодня)$/i

/** Cuts a linking word off the end; a lone capital letter ("Вариант А", "Product A") is a name and stays. */
const withoutTail = (name: string, tail: RegExp): string =>
  /(?:^|\s)\p{Lu}$/u.test(name) ? name : name.replace(tail, "").trim()

/** Strips everything around the name; the empty string when nothing but words of the request is left. */
export const cleanName = (raw: string, place: { readonly first: boolean; readonly afterYield: boolean }): string => {
  let name = raw.replace(/\s+/g, " ").trim()
  name = name.replace(/\s+:/g, ":")
  const colon = name.lastIndexOf(": ")
  if (colon > 0 && place.first && requestVerb.test(name.slice(0, colon))) name = name.slice(colon + 2)
  if (place.first) {
    name = name.replace(/^\d+\s+[a-zа-яё]+\s*:\s+/i, "")
    const choice = name.match(/^(.*\s)(?:между|between)\s+(.+)$/i)
    if (choice !== null && requestVerb.test(choice[1]!)) name = choice[2]!
  }
  for (let before = ""; before !== name; ) {
    before = name
    // A lone capital is a name: "А 10 %, Б 12 %".
    if (/^\p{Lu}$/u.test(name.replace(punctuation, ""))) return name.replace(punctuation, "")
    name = name.replace(punctuation, "").replace(connector, "").trim()
    name = withoutTail(name, connectorTail)
    name = name
      .replace(article, "")
      .replace(/^(?:название|имя|продукт|инструмент|name|product|instrument)\s*:\s*/i, "")
      .trim()
    if (place.first) name = name.replace(request, "").trim()
    const preposition = place.afterYield ? byAnyPreposition : byPreposition
    name = name.replace(rateOf, "").replace(preposition, "").replace(byKnownNoun, "").trim()
    if (place.first) name = name.replace(/^\([^()]*\)\s+(?=[a-zа-яё])/i, "")
    if (!place.afterYield) name = withoutTail(name, linkTail)
    if (filler.test(name)) name = ""
  }
  name = name.replace(/[.]+$/u, (dots) =>
    /[a-zа-яё]{1,4}\.$/i.test(name) && dots.length === 1 && name.includes(" ") ? dots : ""
  )
  const quoted = name.match(/^["«„“](.*)["»“”]$/u)
  if (quoted !== null && /^(?:[^"«»„“”]|«[^«»]*»)*$/u.test(quoted[1]!)) return quoted[1]!.trim()
  const bracketed = name.match(/^\(([^()]*)\)$/u)
  return toNominative(bracketed === null ? name : bracketed[1]!.trim())
}

/** Words that only pad a segment which holds no product ("что выгоднее?", "соответственно"). */
export const isFiller = (raw: string): boolean => {
  const text = raw.replace(punctuation, "").replace(/\s+/g, " ").trim()
  if (/^(?:(?:both|all|все|всё|оба|обе)\s+)?(?:before\s+tax(?:es)?|gross|до\s+(?:вычета\s+)?налог[а-яё]+)$/i.test(text))
    return true
  if (
    /^(?:(?:при|на|с|от|для)\s+)?(?:(?:сумм|вложени|срок|бюджет)[а-яё]*|капитал(?:а|ом|у|е)?)(?:\s+(?:вложени|инвестици|вклад)[а-яё]*)?$/i.test(
      text
    )
  )
    return true
  return (
    text === "" ||
    filler.test(text) ||
    cleanName(text, { first: true, afterYield: false }) === "" ||
    /^(?:что|какой|какие|which|what|где|how)(?![a-zа-яё])/i.test(text)
  )
}

/** A chunk that only joins: it belongs to no name. */
export const isConnector = (raw: string): boolean => {
  const text = raw.replace(punctuation, "").trim()
  // "А 10 %": a lone capital names a product.
  if (/^\p{Lu}$/u.test(text)) return false
  return text === "" || (connector.test(text) && text.replace(connector, "").trim() === "")
}
