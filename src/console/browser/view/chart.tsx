import { useEffect, useRef } from 'preact/hooks'
import type { Series } from '../api/prometheus.ts'
import { theme } from './theme.ts'

export interface Line {
  label: string
  /** A CSS custom property, such as `--canary`. */
  colour: string
  series: Series | undefined
}

const HEIGHT = 132

/** A time-series chart. uPlot is loaded when the first one is shown. `format` writes a value for axis and legend. */
export function Chart({
  lines,
  format,
  empty,
}: {
  lines: readonly Line[]
  format: (value: number) => string
  empty: string
}) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<
    | {
        destroy(): void
        setData(data: unknown): void
        setSize(size: { width: number; height: number }): void
      }
    | undefined
  >(undefined)
  const shape = lines.map(line => `${line.label} ${line.colour}`).join('|') + theme.value
  const data = align(lines)
  const latest = useRef(data)
  latest.current = data
  const hasData = (data[0]?.length ?? 0) > 0

  useEffect(() => {
    const host = place.current
    if (!host || !hasData) return
    let gone = false
    const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 0.5 },
      ticks: { show: false },
      font: '11px system-ui',
    }
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: host.clientWidth, height: HEIGHT }),
    )
    void import('uplot').then(({ default: UPlot }) => {
      if (gone) return
      const chart = new UPlot(
        {
          width: host.clientWidth,
          height: HEIGHT,
          legend: { show: false },
          cursor: { drag: { x: false, y: false } },
          scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.15 : 1] } },
          axes: [
            { ...axis, space: 70 },
            { ...axis, size: 52, space: 34, values: (_plot, values) => values.map(format) },
          ],
          series: [
            {},
            ...lines.map(line => ({
              label: line.label,
              stroke: colour(line.colour),
              width: 2,
              points: { show: false },
            })),
          ],
        },
        latest.current as never,
        host,
      )
      plot.current = chart as never
      observer.observe(host)
    })
    return () => {
      gone = true
      observer.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [shape, hasData])
  useEffect(() => plot.current?.setData(latest.current))

  return (
    <div class="stack tight">
      <div class="row small">
        {lines.map(line => (
          <span key={line.label} class="row tight">
            <i style={`width:10px;height:3px;border-radius:2px;background:var(${line.colour})`} />
            <span class="muted">{line.label}</span>
            <span class="number">{lastOf(line.series, format)}</span>
          </span>
        ))}
      </div>
      {hasData ? (
        <div ref={place} style={`height:${HEIGHT}px`} />
      ) : (
        <div class="muted small" style={`height:${HEIGHT}px;display:grid;place-items:center`}>
          {empty}
        </div>
      )}
    </div>
  )
}

function lastOf(series: Series | undefined, format: (value: number) => string): string {
  const value = series?.values.findLast(candidate => !Number.isNaN(candidate))
  return value === undefined ? '–' : format(value)
}

/** Puts several series on one time axis, as uPlot wants them: times, then one array of values a series. */
function align(lines: readonly Line[]): (number | null)[][] {
  const times = [...new Set(lines.flatMap(line => line.series?.times ?? []))].sort((a, b) => a - b)
  return [
    times,
    ...lines.map(({ series }) => {
      const at = new Map(series?.times.map((time, index) => [time, series.values[index]]))
      return times.map(time => {
        const value = at.get(time)
        return value === undefined || Number.isNaN(value) ? null : value
      })
    }),
  ]
}
