import { CronError } from './cron-error.ts'

/** The values that one field of a schedule admits. */
export interface Field {
  has(value: number): boolean
  /** Written as `*` or `?`: days of the month and of the week then both have to match. */
  readonly isStar: boolean
}

export interface Bounds {
  min: number
  max: number
  names?: readonly string[]
}

export const MINUTES: Bounds = { min: 0, max: 59 }
export const HOURS: Bounds = { min: 0, max: 23 }
export const DAYS: Bounds = { min: 1, max: 31 }
export const MONTHS: Bounds = {
  min: 1,
  max: 12,
  names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
}
export const WEEKDAYS: Bounds = { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] }

// Lists, ranges, steps and names: `1,10-20/5`, `mon-fri`, `*/15`.
/** Reads one field; throws CronError. */
export function parseField(text: string, bounds: Bounds): Field {
  const values = new Set<number>()
  let isStar = false
  for (const part of text.split(',').filter(part => part !== '')) {
    const range = parseRange(part, bounds)
    for (let value = range.start; value <= range.end; value += range.step) values.add(value)
    isStar ||= range.isStar
  }
  return { has: value => values.has(value), isStar }
}

function parseRange(text: string, bounds: Bounds) {
  const [range = '', stepText, ...moreSteps] = text.split('/')
  const [low = '', high, ...moreBounds] = range.split('-')
  const isAny = low === '*' || low === '?'
  const start = isAny ? bounds.min : numberOf(low, bounds)
  let end = isAny ? bounds.max : start
  if (!isAny && moreBounds.length > 0) throw new CronError(`too many hyphens: ${text}`)
  if (!isAny && high !== undefined) end = numberOf(high, bounds)
  if (moreSteps.length > 0) throw new CronError(`too many slashes: ${text}`)
  const step = stepText === undefined ? 1 : numberOf(stepText, { min: 0, max: 0 })
  // `5/10` means from five on, as in `5-59/10`.
  if (stepText !== undefined && high === undefined) end = bounds.max
  if (start < bounds.min)
    throw new CronError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`)
  if (end > bounds.max) throw new CronError(`end of range (${end}) above maximum (${bounds.max}): ${text}`)
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`)
  return { start, end, step, isStar: isAny && step === 1 }
}

function numberOf(text: string, { names }: Bounds): number {
  const named = text === '' ? -1 : (names?.indexOf(text.toLowerCase()) ?? -1)
  if (named >= 0) return named
  if (!/^[+-]?\d+$/.test(text))
    throw new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`,
    )
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`)
  return value
}
