import type { TargetScraper } from '../scrape/target-scraper.ts'
import type { MetricsSettings } from '../settings.ts'

const seconds = (ms: number): string => `${ms / 1000}s`

/** The targets as `/api/v1/targets` shows them. */
export function describeTargets(scrapers: readonly TargetScraper[], settings: MetricsSettings): unknown {
  const activeTargets = scrapers.map(({ target, health }) => ({
    discoveredLabels: { ...target.discovered, job: target.job },
    labels: target.labels.toRecord(),
    scrapePool: target.job,
    scrapeUrl: target.url,
    globalUrl: target.url,
    lastError: health.lastError,
    lastScrape: new Date(health.lastScrapeMs).toISOString(),
    lastScrapeDuration: health.lastDurationSeconds,
    health: health.health,
    scrapeInterval: seconds(settings.scrapeIntervalMs),
    scrapeTimeout: seconds(settings.scrapeTimeoutMs),
  }))
  return { activeTargets, droppedTargets: [], droppedTargetCounts: {} }
}
