/** A line over time with an optional band around it, by uPlot: what the report's timeline and the trends are drawn with. */
import { useEffect, useRef } from "preact/hooks"
import UPlot from "uplot"
import "uplot/dist/uPlot.min.css"

interface Props {
  readonly label: string
  /** Left to right. */
  readonly x: readonly number[]
  /** Percent; null leaves a gap. */
  readonly y: readonly (number | null)[]
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] }
  readonly xText: (x: number) => string
  /** Between two marks of the axis: one of these. */
  readonly xSteps: readonly number[]
  /** Drawn as points too. */
  readonly points?: boolean
  readonly marks?: readonly { readonly x: number; readonly text: string }[]
}

const heightPx = 220
const colourOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name)

export function Chart({ label, x, y, band, xText, xSteps, points = false, marks = [] }: Props) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const ink = colourOf("--ink-soft")
    const line = colourOf("--line")
    const data = [x, y, ...(band === undefined ? [] : [band.low, band.high])] as unknown as UPlot.AlignedData
    const drawMarks = (plot: UPlot) => {
      const { ctx } = plot
      ctx.save()
      ctx.strokeStyle = colourOf("--warning")
      ctx.fillStyle = ink
      ctx.textAlign = "left"
      ctx.font = `${11 * devicePixelRatio}px sans-serif`
      for (const mark of marks) {
        const at = plot.valToPos(mark.x, "x", true)
        ctx.beginPath()
        ctx.moveTo(at, plot.bbox.top)
        ctx.lineTo(at, plot.bbox.top + plot.bbox.height)
        ctx.stroke()
        ctx.fillText(mark.text, at + 3 * devicePixelRatio, plot.bbox.top + 11 * devicePixelRatio)
      }
      ctx.restore()
    }
    const series: UPlot.Series[] = [
      {},
      {
        stroke: colourOf("--brand"),
        width: 2,
        points: { show: points, size: 8, fill: colourOf("--brand") },
        spanGaps: false
      },
      ...(band === undefined ? [] : [{ stroke: "transparent" }, { stroke: "transparent" }])
    ]
    const plot = new UPlot(
      {
        width: element.clientWidth,
        height: heightPx,
        legend: { show: false },
        cursor: { show: false },
        // A line at 100 % is not hidden by the frame.
        scales: { x: { time: false }, y: { range: [0, 103] } },
        axes: [
          { stroke: ink, grid: { stroke: line }, values: (_, at) => at.map(xText), space: 90, incrs: [...xSteps] },
          {
            stroke: ink,
            grid: { stroke: line },
            splits: () => [0, 25, 50, 75, 100],
            values: (_, at) => at.map((value) => `${value} %`),
            size: 56
          }
        ],
        series,
        ...(band === undefined ? {} : { bands: [{ series: [3, 2], fill: `${colourOf("--brand-soft")}` }] }),
        hooks: { draw: [drawMarks] }
      },
      data,
      element
    )
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }))
    resize.observe(element)
    return () => {
      resize.disconnect()
      plot.destroy()
    }
  }, [x, y, band, marks, points, xText, xSteps])
  return <div class="chart" role="img" aria-label={label} ref={place} />
}
