import { MeasurementError } from './http-fetch.ts'

/**
 * Reads a value with the part of Kubernetes' JSONPath that names one thing: `{$.data.items[0]['a b'].ok}`.
 * Throws MeasurementError for other paths and for values that are not there.
 */
export function readPath(value: unknown, path: string): unknown {
  const inner = path
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .trim()
    .replace(/^\$/, '')
  if (!/^(?:\.?[\w-]+|\.?\[(?:-?\d+|'[^']*'|"[^"]*")\])*\.?$/.test(inner))
    throw new MeasurementError(`web.jsonPath ${path} is not supported: only fields and indexes are`)
  const parts = [...inner.matchAll(/\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]|([\w-]+)/g)]
  let current = value
  for (const [, index, single, double, word] of parts) {
    const key = single ?? double ?? word
    if (index !== undefined && Array.isArray(current)) current = current.at(Number(index))
    else if (key !== undefined && typeof current === 'object' && current !== null)
      current = (current as Record<string, unknown>)[key]
    else current = undefined
    if (current === undefined)
      throw new MeasurementError(`web.jsonPath ${path}: the answer has no such value`)
  }
  return current
}
