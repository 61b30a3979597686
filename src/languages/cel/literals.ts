import { EvaluationError, type Issue } from './cel-error.ts'
import type { Checked } from './checker.ts'
import { patternOf } from './builtins/patterns.ts'
import type { Call } from './syntax.ts'
import { parseDuration, parseTimestamp } from './time.ts'

/** Literals that a conversion or a regular expression cannot be made of; Kubernetes refuses them before they run. */
export function validateLiterals({ overloads }: Checked): Issue[] {
  const issues: Issue[] = []
  for (const node of overloads.keys()) {
    const problem = node.kind === 'call' ? problemOf(node) : undefined
    if (problem) issues.push(problem)
  }
  return issues
}

function problemOf({ name, arguments: given }: Call): Issue | undefined {
  const argument = given.at(-1)
  if (argument?.kind !== 'literal' || typeof argument.value !== 'string') return undefined
  return isValid(name, argument.value)
    ? undefined
    : { offset: argument.offset, message: `invalid ${name} argument` }
}

function isValid(name: string, text: string): boolean {
  switch (name) {
    case 'duration':
      return parseDuration(text) !== undefined
    case 'timestamp':
      return parseTimestamp(text) !== undefined
    case 'matches':
      return isPattern(text)
    default:
      return true
  }
}

function isPattern(source: string): boolean {
  try {
    patternOf(source)
    return true
  } catch (error) {
    if (error instanceof EvaluationError) return false
    throw error
  }
}
