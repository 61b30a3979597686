import { PatternError } from './pattern-error.ts'
import type { Source } from './source.ts'
import type { Flag, Flags } from './syntax.ts'

/** Behind `(`: reads `?P<name>` or `?<name>`; undefined when the group has no name. */
export function readGroupName(source: Source): string | undefined {
  const start = source.at - 1
  if (!source.accept('?P<') && !source.accept('?<')) return undefined
  const end = source.text.indexOf('>', source.at)
  if (end < 0) throw new PatternError('invalid named capture', source.from(start))
  const name = source.text.slice(source.at, end)
  source.at = end + 1
  if (!/^\w+$/.test(name)) throw new PatternError('invalid named capture', source.since(start))
  return name
}

/** Behind `(`: reads `?flags)`, or `?flags:` in front of a body; undefined when there are none. */
export function readGroupFlags(
  source: Source,
  before: Flags,
): { flags: Flags; hasBody: boolean } | undefined {
  const start = source.at - 1
  if (!source.accept('?')) return undefined
  const flags = { ...before }
  let value = true
  let complete = true
  for (;;) {
    const character = source.take()
    if (/^[imsU]$/.test(character)) {
      // The line above leaves these four letters only.
      flags[character as Flag] = value
      complete = true
    } else if (character === '-' && value) {
      value = false
      complete = false
    } else if ((character === ':' || character === ')') && complete)
      return { flags, hasBody: character === ':' }
    else throw new PatternError('invalid or unsupported Perl syntax', source.since(start))
  }
}
