import { CliError, type FlagSpec, USAGE_EXIT } from '../kernel/command.ts'

export interface ParsedArguments {
  args: string[]
  /** Values by flag name; a boolean flag has the value 'true'. */
  flags: Map<string, string[]>
}

/** Splits words into arguments and flags: `--name value`, `--name=value`, `-n value`; `--` ends the flags. Throws CliError naming the word. */
export function parseArguments(
  words: readonly string[],
  specs: Readonly<Record<string, FlagSpec>>,
): ParsedArguments {
  const byShort = new Map(
    Object.entries(specs).flatMap(([name, spec]) => (spec.short ? [[spec.short, name]] : [])),
  )
  const args: string[] = []
  const flags = new Map<string, string[]>()
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '--') {
      args.push(...words.slice(i + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const label = equals < 0 ? word : word.slice(0, equals)
    const name = label.startsWith('--') ? label.slice(2) : byShort.get(label.slice(1))
    // Not what every object inherits, such as `constructor`.
    const spec = name !== undefined && Object.hasOwn(specs, name) ? specs[name] : undefined
    if (name === undefined || !spec) {
      const near = nearest(label.replace(/^-+/, ''), Object.keys(specs))
      throw new CliError(`unknown flag ${label}`, {
        hint: near ? `did you mean --${near}?` : 'see --help',
        exitCode: USAGE_EXIT,
      })
    }
    let value = equals < 0 ? undefined : word.slice(equals + 1)
    if (spec.value === undefined) {
      if (value !== undefined && value !== 'true' && value !== 'false')
        throw new CliError(`${label} takes no value`, { exitCode: USAGE_EXIT })
      if (value === 'false') continue
      value = 'true'
    } else if (value === undefined) {
      value = words[++i]
      if (value === undefined)
        throw new CliError(`${label} needs a value: ${spec.value}`, { exitCode: USAGE_EXIT })
    }
    const values = flags.get(name) ?? []
    if (values.length > 0 && !spec.many)
      throw new CliError(`${label} may be given only once`, { exitCode: USAGE_EXIT })
    flags.set(name, [...values, value])
  }
  return { args, flags }
}

/** How many arguments a verb's usage names: `NAME [DIRECTORY]` two, `[PATH…]` any number; flags do not count. */
export function mostArguments(usage = ''): number {
  if (usage.includes('…')) return Number.POSITIVE_INFINITY
  const words = usage.split(' ').filter(word => word !== '')
  const flag = words.findIndex(word => word.startsWith('-'))
  return flag < 0 ? words.length : flag
}

/** The candidate that differs least from the word, when it differs by at most two letters. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = 3
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution))
    }
    row = next
  }
  return row[b.length] ?? 0
}
