import { useEffect, useState } from 'preact/hooks'
import { getJson } from './session.ts'

export interface Series {
  labels: Record<string, string>
  /** Seconds since the epoch, and values; NaN where there is none. */
  times: number[]
  values: number[]
}

interface Matrix {
  data: { result: { metric: Record<string, string>; values: [number, string][] }[] }
}
interface Vector {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] }
}

/** `GET /api/v1/query_range` of the stack's Prometheus. */
export async function queryRange(
  query: string,
  range: { start: number; end: number; step: number },
  signal?: AbortSignal,
): Promise<Series[]> {
  const parameters = new URLSearchParams({
    query,
    start: String(range.start),
    end: String(range.end),
    step: String(range.step),
  })
  const { data } = await getJson<Matrix>(`/prometheus/api/v1/query_range?${parameters}`, signal)
  return data.result.map(({ metric, values }) => ({
    labels: metric,
    times: values.map(([time]) => time),
    values: values.map(([, value]) => Number(value)),
  }))
}

/** `GET /api/v1/query` of the stack's Prometheus. */
export async function queryNow(
  query: string,
  signal?: AbortSignal,
): Promise<{ labels: Record<string, string>; value: number }[]> {
  const { data } = await getJson<Vector>(`/prometheus/api/v1/query?${new URLSearchParams({ query })}`, signal)
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
}

/** Asks again every `everyMs` while the component is shown; undefined before the first answer. Prometheus has no watch. */
export function useQuery<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number,
  dependencies: readonly unknown[],
): { value: T | undefined; error: string | undefined } {
  const [state, setState] = useState<{ value: T | undefined; error: string | undefined }>({
    value: undefined,
    error: undefined,
  })
  useEffect(() => {
    const stop = new AbortController()
    const once = async () => {
      if (document.hidden) return
      try {
        const value = await ask(stop.signal)
        setState({ value, error: undefined })
      } catch (error) {
        if (!stop.signal.aborted) setState(previous => ({ ...previous, error: (error as Error).message }))
      }
    }
    void once()
    const timer = setInterval(once, everyMs)
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [everyMs, ...dependencies])
  return state
}
