import type { Metrics } from '../../../kernel/metrics.ts'
import type { Answer } from '../../../languages/promql/engine.ts'
import { isLabelName } from '../../../languages/promql/string-literal.ts'
import type { Scraper } from '../scrape/scraper.ts'
import type { MetricsSettings } from '../settings.ts'
import { badData, PrometheusApiError } from './api-error.ts'
import { describeTargets } from './describe-targets.ts'
import { encodeResult, sizeOf } from './encode-result.ts'
import type { Parameters } from './parameters.ts'
import type { Queries } from './queries.ts'

export interface ApiParts {
  queries: Queries
  scraper: Scraper
  metrics: Metrics
  settings: MetricsSettings
}

/** What a route answers: text as it is, or the pieces of the envelope's `data`. */
export type Reply =
  | { kind: 'text'; contentType: string; body: string }
  | { kind: 'data'; data: Iterable<string>; warnings: readonly string[]; infos: readonly string[] }

type Route = (parts: ApiParts, parameters: Parameters, path: RegExpExecArray) => Reply | Promise<Reply>

const MAX_NOTES = 10
const TRUNCATED = 'results truncated due to limit'
/** The version of Prometheus whose API this is, for clients that ask what they may use. */
const API_VERSION = '3.5.0+drave'

const text = (body: string, contentType = 'text/plain; charset=utf-8'): Reply => ({
  kind: 'text',
  body,
  contentType,
})

const json = (data: unknown, warnings: readonly string[] = []): Reply => ({
  kind: 'data',
  data: [JSON.stringify(data)],
  warnings,
  infos: [],
})

function answered(answer: Answer, limit: number): Reply {
  const cut = limit > 0 && sizeOf(answer) > limit ? [TRUNCATED] : []
  return {
    kind: 'data',
    data: encodeResult(answer, limit),
    warnings: [...answer.warnings.slice(0, MAX_NOTES), ...cut],
    infos: answer.infos.slice(0, MAX_NOTES),
  }
}

function limited<T>(list: readonly T[], limit: number): Reply {
  return limit > 0 && list.length > limit ? json(list.slice(0, limit), [TRUNCATED]) : json(list)
}

const window = (parameters: Parameters): [from: number, to: number] => [
  parameters.time('start', -Infinity),
  parameters.time('end', Infinity),
]

function labelValues({ queries }: ApiParts, parameters: Parameters, path: RegExpExecArray): Reply {
  const written = decodeURIComponent(path[1] ?? '')
  // U__ begins an escaped name: `_` doubled, other characters as `_hex_` (Prometheus' UTF-8 names in paths).
  const name = written.startsWith('U__')
    ? written
        .slice(3)
        .replace(/__|_([0-9A-Fa-f]+)_/g, (_, hex?: string) =>
          hex === undefined ? '_' : String.fromCodePoint(Number.parseInt(hex, 16)),
        )
    : written
  if (!isLabelName(name)) throw badData(`invalid label name: "${name}"`)
  const [from, to] = window(parameters)
  const values = queries.querier(parameters).labelValues(name, parameters.selectors(), from, to)
  return limited(values, parameters.limit())
}

function metadata({ scraper }: ApiParts, parameters: Parameters): Reply {
  const wanted = parameters.text('metric')
  const limit = parameters.limit()
  const perMetric = parameters.limit('limit_per_metric')
  const names = wanted === '' ? [...scraper.metadata.names()].sort() : [wanted]
  const entries = names
    .map(name => [name, scraper.metadata.get(name)] as const)
    .filter(([, list]) => list.length > 0)
    .slice(0, limit > 0 ? limit : undefined)
    .map(([name, list]) => [name, perMetric > 0 ? list.slice(0, perMetric) : list])
  return json(Object.fromEntries(entries))
}

const buildInfo = {
  version: API_VERSION,
  revision: '',
  branch: '',
  buildUser: '',
  buildDate: '',
  goVersion: '',
}

function notBuilt(what: string): Route {
  return () => {
    throw new PrometheusApiError('not_found', `Drave has no ${what} here`)
  }
}

/** Each path with its handler; GET and POST (with a form) are alike, as upstream. */
export const ROUTES: readonly (readonly [path: RegExp, route: Route])[] = [
  [
    /^\/api\/v1\/query$/,
    ({ queries }, parameters) => answered(queries.instant(parameters), parameters.limit()),
  ],
  [
    /^\/api\/v1\/query_range$/,
    ({ queries }, parameters) => answered(queries.range(parameters), parameters.limit()),
  ],
  [
    /^\/api\/v1\/series$/,
    ({ queries }, parameters) => {
      const selectors = parameters.requiredSelectors()
      const found = queries.querier(parameters).series(selectors, ...window(parameters))
      const list = found.sort((a, b) => (a.key < b.key ? -1 : 1)).map(labels => labels.toRecord())
      return limited(list, parameters.limit())
    },
  ],
  [
    /^\/api\/v1\/labels$/,
    ({ queries }, parameters) => {
      const names = queries.querier(parameters).labelNames(parameters.selectors(), ...window(parameters))
      return limited(names, parameters.limit())
    },
  ],
  [/^\/api\/v1\/label\/([^/]+)\/values$/, labelValues],
  [/^\/api\/v1\/metadata$/, metadata],
  [
    /^\/api\/v1\/targets$/,
    ({ scraper, settings }, parameters) =>
      json(describeTargets(parameters.text('state') === 'dropped' ? [] : scraper.targets, settings)),
  ],
  [/^\/api\/v1\/status\/buildinfo$/, () => json(buildInfo)],
  [/^\/api\/v1\/write$/, notBuilt('receiver for remote write')],
  [/^\/api\/v1\/(?:rules|alerts|alertmanagers)$/, notBuilt('rules or alerts')],
  [/^\/api\/v1\/query_exemplars$/, notBuilt('exemplars')],
  [/^\/-\/healthy$/, () => text('The metrics of Drave are healthy.\n')],
  [/^\/-\/ready$/, () => text('The metrics of Drave are ready.\n')],
  [
    /^\/metrics$/,
    async ({ metrics }) => text(await metrics.text(), 'text/plain; version=0.0.4; charset=utf-8'),
  ],
]
