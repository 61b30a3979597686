import { compile, type Pattern } from '../../re2/pattern.ts'
import { EvaluationError } from '../cel-error.ts'
import { type Overload, overload } from '../overload.ts'
import { ArrayList } from '../value.ts'

const LIMIT = 1000
const compiled = new Map<string, Pattern>()

/** A pattern by its source. Throws EvaluationError where it does not compile. */
export function patternOf(source: string): Pattern {
  const known = compiled.get(source)
  if (known) return known
  if (compiled.size >= LIMIT) compiled.clear()
  try {
    const pattern = compile(source)
    compiled.set(source, pattern)
    return pattern
  } catch (error) {
    throw new EvaluationError((error as Error).message, { cause: error })
  }
}

const findAll = (text: string, source: string, limit = -1n): ArrayList =>
  new ArrayList(patternOf(source).findAll(text, limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)))

/** Regular expressions: the standard's `matches` and Kubernetes' library. */
export const patterns: readonly Overload[] = [
  ...['matches(string, string): bool', 'string::matches(string): bool'].map((signature, index) =>
    overload(index === 0 ? 'matches' : 'matches_string', signature, (text: string, source: string) =>
      patternOf(source).test(text),
    ),
  ),
  overload(
    'string_find_string',
    'string::find(string): string',
    (text: string, source: string) => patternOf(source).find(text)?.groups[0] ?? '',
  ),
  overload(
    'string_find_all_string',
    'string::findAll(string): list(string)',
    (text: string, source: string) => findAll(text, source),
  ),
  overload('string_find_all_string_int', 'string::findAll(string, int): list(string)', findAll),
]
