import type { Labels } from '../../../languages/promql/labels.ts'

/** Something that exposes metrics over HTTP. */
export interface Target {
  /** The same for the same target in the next discovery. */
  key: string
  job: string
  url: string
  labels: Labels
  /** What it was found by, as the targets API shows it. */
  discovered: Readonly<Record<string, string>>
}

export interface TargetHealth {
  health: 'unknown' | 'up' | 'down'
  lastError: string
  lastScrapeMs: number
  lastDurationSeconds: number
}
