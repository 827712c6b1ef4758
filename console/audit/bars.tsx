/** Lengths beside numbers, for those who would rather look than read. The numbers say the same, so a screen reader passes these over. */
export interface Part {
  readonly value: number
  readonly kind: "brand" | "good" | "bad" | "plain"
}

/** `whole`: what fills the width. Something that is there is never too short to be seen. */
export function Bar({ parts, whole }: { parts: readonly Part[]; whole: number }) {
  const widths = parts.map(({ value }) => (value === 0 || whole === 0 ? 0 : Math.max(1, (value / whole) * 100)))
  const begins = widths.map((_, index) => widths.slice(0, index).reduce((sum, width) => sum + width, 0))
  return (
    <svg class="measure" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      {parts.map(({ kind }, index) => (
        <rect key={kind} class={kind} x={begins[index]} y="0" width={widths[index]} height="1" />
      ))}
    </svg>
  )
}

/** A number that is seen from afar, and what it counts. The kind is that of its part of a bar; `alarm`: it should not be so. */
export function Figure({ value, text, kind }: { value: string; text: string; kind?: Part["kind"] | "alarm" }) {
  return (
    <div class={`figure ${kind ?? ""}`}>
      <strong>{value}</strong>
      <span class="soft small">{text}</span>
    </div>
  )
}
