import { fromJson } from '../../../languages/expr/value.ts'
import { resolveServiceUrl } from '../../../kernel/service-url.ts'
import { evaluateResult } from './evaluate-result.ts'
import { fetchText, MeasurementError } from './http-fetch.ts'
import { readPath } from './json-path.ts'
import type { Measure } from './provider.ts'

const DEFAULT_TIMEOUT_S = 10

/** Asks any HTTP service for JSON, of which `jsonPath` picks the value. */
export const measureWeb: Measure = async (metric, { client, clock, signal }) => {
  const settings = metric.provider.web
  if (!settings) throw new MeasurementError('provider web is empty')
  if (settings.insecure) throw new MeasurementError('web.insecure is not supported')
  if (
    settings.authentication &&
    Object.values(settings.authentication).some(value => Object.keys(value ?? {}).length > 0)
  )
    throw new MeasurementError('web.authentication is not supported: use web.headers')
  if (settings.body && settings.jsonBody) throw new MeasurementError('use either web.body or web.jsonBody')
  if (!URL.canParse(settings.url)) throw new MeasurementError(`web.url "${settings.url}" is no URL`)
  const method = settings.method || 'GET'
  const body = settings.jsonBody ? JSON.stringify(settings.jsonBody) : settings.body
  if (body && method === 'GET') throw new MeasurementError('web.body needs web.method POST or PUT')
  const headers = new Headers(
    (settings.headers ?? []).map(({ key, value }): [string, string] => [key, value]),
  )
  if (settings.jsonBody && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const url = await resolveServiceUrl(client, settings.url)
  const timeoutMs = (settings.timeoutSeconds || DEFAULT_TIMEOUT_S) * 1000
  const reply = await fetchText(
    url,
    { method, headers, ...(body ? { body } : {}) },
    { clock, timeoutMs, signal },
  )
  if (reply.status < 200 || reply.status >= 300)
    throw new MeasurementError(`received non 2xx response code: ${reply.status}`)
  let json: unknown
  try {
    json = JSON.parse(reply.body)
  } catch {
    throw new MeasurementError(`could not parse JSON body: ${reply.body.slice(0, 200)}`)
  }
  const value = settings.jsonPath ? readPath(json, settings.jsonPath) : json
  const printed = typeof value === 'string' ? value : JSON.stringify(value)
  return { value: printed, ...evaluateResult(metric, fromJson(value), () => clock.now()) }
}
