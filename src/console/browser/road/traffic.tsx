import { queryNow, queryRange, type Series, useQuery } from '../api/prometheus.ts'
import { Chart } from '../view/chart.tsx'

export interface TrafficProps {
  namespace: string
  stableService: string
  canaryService: string
  /** Percent of the traffic that the route gives to the canary, 0–100. */
  canaryWeight: number
  stableVersion: string
  canaryVersion: string
  /** False while both services lead to the same version. */
  split: boolean
}

const WINDOW_SECONDS = 180
const STEP_SECONDS = 2
const REFRESH_MS = 2000

interface Split {
  errors: (Series | undefined)[]
  latency: (Series | undefined)[]
  rates: (number | undefined)[]
}

/** The live traffic by version: weight wanted, requests seen, error rate and latency. */
export function Traffic(props: TrafficProps) {
  const { namespace, stableService, canaryService } = props
  const services = [stableService, canaryService]
  const { value, error } = useQuery<Split>(signal => ask(namespace, services, signal), REFRESH_MS, [
    namespace,
    stableService,
    canaryService,
  ])
  const [stableRate = 0, canaryRate = 0] = value?.rates ?? []
  const total = stableRate + canaryRate
  const seen = total > 0 ? (canaryRate / total) * 100 : 0
  const lines = (series: readonly (Series | undefined)[] | undefined) => [
    { label: `stable ${props.stableVersion}`, colour: '--stable', series: series?.[0] },
    ...(props.split
      ? [{ label: `canary ${props.canaryVersion}`, colour: '--canary', series: series?.[1] }]
      : []),
  ]
  return (
    <section class="panel stack" aria-label="Traffic">
      <header>
        <h2>Live traffic</h2>
        <span class="muted small number">{total.toFixed(1)} requests/s</span>
      </header>
      {error && <div class="notice warn">{error}</div>}
      <div class="stack tight">
        <div class="split" role="img" aria-label={`Canary ${props.canaryWeight} percent`}>
          <div class="split-stable" style={`flex:${Math.max(0, 100 - props.canaryWeight)}`} />
          <div class="split-canary" style={`flex:${props.canaryWeight}`} />
        </div>
        <div class="row spread small">
          <span class="number">
            <b style="color:var(--stable)">stable {100 - props.canaryWeight} %</b>{' '}
            <span class="muted">{stableRate.toFixed(1)}/s</span>
          </span>
          {props.split ? (
            <span class="number">
              <span class="muted">
                {canaryRate.toFixed(1)}/s, {seen.toFixed(1)} % seen
              </span>{' '}
              <b style="color:var(--canary)">canary {props.canaryWeight} %</b>
            </span>
          ) : (
            <span class="muted">one version: no canary is under way</span>
          )}
        </div>
      </div>
      <div class="two">
        <div>
          <h2 class="muted small">Errors, % of requests</h2>
          <Chart
            lines={lines(value?.errors)}
            format={number => `${number.toFixed(number < 10 ? 1 : 0)} %`}
            empty="no requests in the last minutes"
          />
        </div>
        <div>
          <h2 class="muted small">Latency, 95th percentile</h2>
          <Chart
            lines={lines(value?.latency)}
            format={number => `${number.toFixed(0)} ms`}
            empty="no requests in the last minutes"
          />
        </div>
      </div>
    </section>
  )
}

async function ask(namespace: string, services: readonly string[], signal: AbortSignal): Promise<Split> {
  const end = Math.floor(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS
  const range = { start: end - WINDOW_SECONDS, end, step: STEP_SECONDS }
  const names = services.join('|')
  const where = (extra = '') =>
    `{reporter="source",destination_service_namespace="${namespace}",destination_service_name=~"${names}"${extra}}`
  const by = 'destination_service_name'
  const [errors, latency, rates] = await Promise.all([
    queryRange(
      `100 * sum by (${by}) (rate(istio_requests_total${where(',response_code=~"5.."')}[10s])) / sum by (${by}) (rate(istio_requests_total${where()}[10s])) or 0 * sum by (${by}) (rate(istio_requests_total${where()}[10s]))`,
      range,
      signal,
    ),
    queryRange(
      `histogram_quantile(0.95, sum by (${by}, le) (rate(istio_request_duration_milliseconds_bucket${where()}[10s])))`,
      range,
      signal,
    ),
    queryNow(`sum by (${by}) (rate(istio_requests_total${where()}[10s]))`, signal),
  ])
  const of = <T extends { labels: Record<string, string> }>(list: readonly T[]) =>
    services.map(name => list.find(item => item.labels[by] === name))
  return { errors: of(errors), latency: of(latency), rates: of(rates).map(item => item?.value) }
}
