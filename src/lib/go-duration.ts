/** Milliseconds of Go's duration units, largest first. */
const units: readonly (readonly [string, number])[] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ns', 1e-6],
]
const unitMs = new Map(units)

/** Parses a Go duration (`1h30m`, `1.5s`, `-10ms`, `0`) to milliseconds. Throws RangeError. */
export function parseDuration(text: string): number {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+|0)$/.exec(text)
  if (!match) throw new RangeError(`time: invalid duration ${JSON.stringify(text)}`)
  let total = 0
  for (const [, number = '0', unit = ''] of (match[2] ?? '').matchAll(
    /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g,
  ))
    total += Number(number) * (unitMs.get(unit) ?? 0)
  return match[1] === '-' ? -total : total
}
