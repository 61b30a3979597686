import { compile, type Pattern } from '../../languages/re2/pattern.ts'
import { PatternError } from '../../languages/re2/pattern-error.ts'

const LIMIT = 5000
const compiled = new Map<string, Pattern | undefined>()

/** A CRD's `pattern` (RE2 syntax), or undefined where it is none. Cached. */
export function patternOf(source: string): Pattern | undefined {
  if (compiled.has(source)) return compiled.get(source)
  if (compiled.size >= LIMIT) compiled.clear()
  const pattern = compileOrNone(source)
  compiled.set(source, pattern)
  return pattern
}

function compileOrNone(source: string): Pattern | undefined {
  try {
    return compile(source)
  } catch (error) {
    if (error instanceof PatternError) return undefined
    throw error
  }
}
