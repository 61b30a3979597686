import { compileExpression } from '../../../languages/expr/expression.ts'
import { Instant, type Value } from '../../../languages/expr/value.ts'
import { resolveServiceUrl } from '../../../kernel/service-url.ts'
import { durationMs } from '../duration.ts'
import type { AnalysisRunSpecMetricsItemProviderPrometheus as Settings } from '../kinds/generated/analysis-run.ts'
import { evaluateResult } from './evaluate-result.ts'
import { fetchText, MeasurementError } from './http-fetch.ts'
import type { Measure, ProviderContext } from './provider.ts'

const DEFAULT_TIMEOUT_S = 30

/** Asks a Prometheus, or anything with its HTTP API: a scalar is a float, a vector or matrix a list of floats. */
export const measurePrometheus: Measure = async (metric, context) => {
  const settings = metric.provider.prometheus ?? {}
  const { result, warnings } = await query(settings, context)
  const printed = Array.isArray(result) ? `[${result.map(printSample).join(',')}]` : printSample(result)
  const metadata = {
    ...(settings.query ? { ResolvedPrometheusQuery: settings.query } : {}),
    ...(warnings.length > 0 ? { warnings: warnings.join(', ') } : {}),
  }
  return { value: printed, metadata, ...evaluateResult(metric, result, () => context.clock.now()) }
}

interface Answer {
  result: number | number[]
  warnings: string[]
}

async function query(settings: Settings, context: ProviderContext): Promise<Answer> {
  const { clock, client, signal } = context
  refuseUnsupported(settings)
  const address = settings.address || context.prometheusAddress
  if (!address)
    throw new MeasurementError(
      'prometheus.address is empty, and no Prometheus is configured (rollouts.prometheus.address)',
    )
  if (!URL.canParse(address)) throw new MeasurementError(`prometheus.address "${address}" is no URL`)
  const base = (await resolveServiceUrl(client, address)).replace(/\/$/, '')
  const { path, parameters } = requestFor(settings, clock.now())
  const basic = settings.authentication?.basicAuth
  const headers = new Headers(
    (settings.headers ?? []).map(({ key, value }): [string, string] => [key, value]),
  )
  if (basic)
    headers.set(
      'authorization',
      `Basic ${Buffer.from(`${basic.username ?? ''}:${basic.password ?? ''}`).toString('base64')}`,
    )
  const timeoutMs = (settings.timeout ?? DEFAULT_TIMEOUT_S) * 1000
  const request = { method: 'POST', headers, body: parameters, redirect: 'follow' as const }
  const reply = await fetchText(`${base}${path}`, request, { clock, timeoutMs, signal })
  return parseAnswer(reply.status, reply.body)
}

function refuseUnsupported(settings: Settings): void {
  if (settings.insecure) throw new MeasurementError('prometheus.insecure is not supported')
  for (const name of ['oauth2', 'sigv4'] as const)
    if (settings.authentication?.[name] && Object.keys(settings.authentication[name]).length > 0)
      throw new MeasurementError(`prometheus.authentication.${name} is not supported`)
  if ((settings.timeout ?? 0) < 0) throw new MeasurementError('prometheus.timeout must not be negative')
}

function requestFor(settings: Settings, nowMs: number): { path: string; parameters: URLSearchParams } {
  const parameters = new URLSearchParams({ query: settings.query ?? '' })
  const range = settings.rangeQuery
  if (!range) {
    parameters.set('time', String(nowMs / 1000))
    return { path: '/api/v1/query', parameters }
  }
  const at = (name: 'start' | 'end'): number => {
    // Start and end are expressions such as `now() - duration("5m")`.
    const value: Value = compileExpression(range[name] ?? 'now()', [], { now: () => nowMs })({})
    if (!(value instanceof Instant))
      throw new MeasurementError(`prometheus.rangeQuery.${name} must be a time`)
    return value.ms / 1000
  }
  const step = durationMs(range.step ?? '')
  if (!step) throw new MeasurementError('prometheus.rangeQuery.step must be a duration')
  parameters.set('start', String(at('start')))
  parameters.set('end', String(at('end')))
  parameters.set('step', String(step / 1000))
  return { path: '/api/v1/query_range', parameters }
}

interface ApiAnswer {
  status?: string
  error?: string
  errorType?: string
  warnings?: string[]
  data?: { resultType?: string; result?: unknown }
}
type Sample = [number, string]

function parseAnswer(status: number, body: string): Answer {
  let answer: ApiAnswer
  try {
    // The shape is checked below, field by field.
    answer = JSON.parse(body) as ApiAnswer
  } catch {
    throw new MeasurementError(`Prometheus answered ${status} without JSON: ${body.slice(0, 200)}`)
  }
  if (answer.status !== 'success')
    throw new MeasurementError(
      `Prometheus answered ${status}: ${answer.errorType ?? 'error'}: ${answer.error ?? ''}`,
    )
  const { resultType, result } = answer.data ?? {}
  const warnings = answer.warnings ?? []
  if (resultType === 'scalar') return { result: sampleValue(result as Sample), warnings }
  // The API fixes these shapes by resultType.
  if (resultType === 'vector')
    return { result: (result as { value: Sample }[]).map(series => sampleValue(series.value)), warnings }
  if (resultType === 'matrix')
    return {
      result: (result as { values?: Sample[] }[]).flatMap(series => (series.values ?? []).map(sampleValue)),
      warnings,
    }
  throw new MeasurementError(`Prometheus metric type not supported: ${resultType}`)
}

function sampleValue([, text]: Sample): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  return Number(text)
}

/** A value as Prometheus prints it: never with an exponent. */
function printSample(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const printed = String(value)
  return printed.includes('e-') ? value.toFixed(20).replace(/0+$/, '') : printed
}
