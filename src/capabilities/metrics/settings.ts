import type { SettingDeclaration } from '../../kernel/capability.ts'
import type { Config } from '../../kernel/config.ts'
import { parseDuration } from '../../languages/promql/duration.ts'

export const settings: readonly SettingDeclaration[] = [
  { name: 'scrapeInterval', default: '1s', summary: 'How often pods and this process are scraped' },
  { name: 'scrapeTimeout', default: '5s', summary: 'How long a pod may take to answer a scrape' },
  { name: 'sampleLimit', default: 20_000, summary: 'How many samples one scrape may bring' },
  { name: 'maxSeries', default: 100_000, summary: 'How many series may get samples at once' },
  { name: 'retention', default: '24h', summary: 'How long samples are kept' },
  { name: 'retentionSize', default: '2GB', summary: 'How much disk the samples may take' },
  { name: 'queryTimeout', default: '10s', summary: 'How long one query may take' },
  { name: 'maxSamples', default: 20_000_000, summary: 'How many samples one query may hold' },
  {
    name: 'experimentalFunctions',
    default: false,
    summary: 'Allow the PromQL functions that upstream has behind promql-experimental-functions',
  },
]

export interface MetricsSettings {
  scrapeIntervalMs: number
  scrapeTimeoutMs: number
  sampleLimit: number
  maxSeries: number
  retentionMs: number
  retentionBytes: number
  queryTimeoutMs: number
  maxSamples: number
  experimentalFunctions: boolean
}

const UNITS: Record<string, number> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 }

export class SettingError extends Error {
  override name = 'SettingError'
}

/** Reads the settings. Throws SettingError naming the one that is wrong. */
export function readSettings(config: Pick<Config, 'get'>): MetricsSettings {
  const text = (name: string): string => String(config.get(`metrics.${name}`)).trim()
  const wrong = (name: string, wanted: string): never => {
    throw new SettingError(`metrics.${name}: expected ${wanted}, got "${text(name)}"`)
  }
  const duration = (name: string): number => {
    const ms = parseDuration(text(name))
    return ms !== undefined && ms > 0 ? ms : wrong(name, 'a duration such as 30s or 1h')
  }
  const count = (name: string): number => {
    const value = Number(text(name))
    return Number.isSafeInteger(value) && value > 0 ? value : wrong(name, 'a whole number above 0')
  }
  const size = (name: string): number => {
    const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?B)$/i.exec(text(name))
    const unit = UNITS[match?.[2]?.toUpperCase() ?? '']
    return match && unit ? Number(match[1]) * unit : wrong(name, 'a size such as 512MB or 2GB')
  }
  return {
    scrapeIntervalMs: duration('scrapeInterval'),
    scrapeTimeoutMs: duration('scrapeTimeout'),
    sampleLimit: count('sampleLimit'),
    maxSeries: count('maxSeries'),
    retentionMs: duration('retention'),
    retentionBytes: size('retentionSize'),
    queryTimeoutMs: duration('queryTimeout'),
    maxSamples: count('maxSamples'),
    experimentalFunctions: text('experimentalFunctions') === 'true',
  }
}
