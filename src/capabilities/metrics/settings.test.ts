import { describe, expect, it } from 'vitest'
import { readSettings, settings } from './settings.ts'

const configOf = (changes: Record<string, unknown>) => ({
  get: (path: string) => changes[path] ?? settings.find(({ name }) => `metrics.${name}` === path)?.default,
})

describe('settings', () => {
  it('reads the defaults, and texts from the environment', () => {
    expect(
      readSettings(configOf({ 'metrics.maxSeries': '12', 'metrics.experimentalFunctions': 'true' })),
    ).toEqual({
      scrapeIntervalMs: 1000,
      scrapeTimeoutMs: 5000,
      sampleLimit: 20_000,
      maxSeries: 12,
      retentionMs: 86_400_000,
      retentionBytes: 2 * 2 ** 30,
      queryTimeoutMs: 10_000,
      maxSamples: 20_000_000,
      experimentalFunctions: true,
    })
  })

  it.each([
    ['scrapeInterval', 'often', 'metrics.scrapeInterval: expected a duration such as 30s or 1h, got "often"'],
    ['scrapeInterval', '0', 'metrics.scrapeInterval: expected a duration such as 30s or 1h, got "0"'],
    ['maxSeries', -1, 'metrics.maxSeries: expected a whole number above 0, got "-1"'],
    ['retentionSize', '2', 'metrics.retentionSize: expected a size such as 512MB or 2GB, got "2"'],
  ])('refuses %s = %s', (name, value, message) => {
    expect(() => readSettings(configOf({ [`metrics.${name}`]: value }))).toThrow(message)
  })
})
