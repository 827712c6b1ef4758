/** An export as one JSON document, in pieces as its records come: a year of calls need not fit into memory. */
import type { ExportRecord } from "../../actors/subjects.ts"

/** Takes the records in their order; the pieces and what `finish` answers are the document. */
export function makeExportDocument() {
  let stream: string | null = null
  return {
    take(record: ExportRecord): string {
      if (record.record === "subject") {
        const { record: _kind, streams: _names, ...head } = record
        return `${JSON.stringify(head).slice(0, -1)},"streams":[`
      }
      const { record: _kind, stream: name, ...commit } = record
      const separator =
        stream === name ? "," : `${stream === null ? "" : "]},"}{"stream":${JSON.stringify(name)},"commits":[`
      stream = name
      return `${separator}\n${JSON.stringify(commit)}`
    },
    finish: (): string => `${stream === null ? "" : "]}"}]}\n`
  }
}
