/** A page of its own for paper and screen: no script, nothing loaded from anywhere. It escapes all text and knows no content. */

/** Text that may stand in the page, made only by `html` and `raw`. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | null | Markup | readonly Markup[]

const escaped = (text: string) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

const partOf = (part: Part): string => {
  if (part === null) return ""
  if (part instanceof Markup) return part.text
  return typeof part === "object" ? part.map(({ text }) => text).join("") : escaped(String(part))
}

/** Everything put in is escaped, unless it was made here too. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, index) => text + (index < parts.length ? partOf(parts[index]!) : "")).join(""))
}

const style = `
  body { font: 11pt/1.45 "PT Serif", Georgia, serif; color: #111; max-width: 46em; margin: 2em auto; padding: 0 1em }
  h1 { font-size: 16pt; text-align: center } h2 { font-size: 12.5pt; margin-top: 1.6em }
  table { border-collapse: collapse; width: 100%; margin: .6em 0 } th, td { border: 1px solid #888; padding: .25em .5em; text-align: left; vertical-align: top }
  th { font-weight: 600; background: #f3f3f3 } code, pre { font: 9.5pt/1.35 "PT Mono", Consolas, monospace; overflow-wrap: anywhere }
  pre { white-space: pre-wrap } img { max-width: 100% } .line { border-bottom: 1px solid #111; display: inline-block; min-width: 16em }
  @page { size: A4; margin: 18mm 15mm 18mm 25mm }
  @media print { body { max-width: none; margin: 0; padding: 0 } h2, tr, img { break-inside: avoid } h2 { break-after: avoid } }`

/** The whole document; the policy keeps even a mistake in it from loading or running anything. */
export function pageOf(language: "ru" | "en", title: string, body: Markup): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text
}
