import { type Answer, type EngineOptions, type ParsedQuery, queryInstant, queryRange } from '../engine.ts'
import { ParseError } from '../parse-error.ts'
import { parse } from '../parser.ts'
import { EvaluationError } from '../value.ts'
import { compareInstant, compareMiddle, compareRange } from './compare.ts'
import { type EvalCommand, type Expectation, parseScript } from './script.ts'
import { NativeHistogramError, ScriptStorage } from './script-storage.ts'

export interface CaseOutcome {
  line: number
  query: string
  outcome: 'passed' | 'failed' | 'left out'
  /** Why it failed or was left out. */
  reason: string
}

/** The features upstream's scripts are run with. */
const OPTIONS: EngineOptions = { delayedNameRemoval: true }
const MINUTE = 60_000
/** What the parser says of upstream's experiments that this language does not have. */
const LEFT_OUT = [
  [/duration expression is not enabled/, 'duration expressions'],
  [/fill modifiers are experimental/, 'fill modifiers'],
  [/^.*(?:anchored|smoothed) modifier is experimental/, 'anchored and smoothed selectors'],
  [/function "info" is not enabled/, 'info()'],
  [/operators on native histograms/, 'native histograms'],
  [/function "histogram_quantiles" is not enabled/, 'native histograms'],
  [/limitk\(\) is experimental|limit_ratio\(\) is experimental/, 'limitk and limit_ratio'],
] as const

/** Runs a promqltest script and says of each of its `eval`s what became of it. */
export function runScript(text: string): CaseOutcome[] {
  const storage = new ScriptStorage()
  const outcomes: CaseOutcome[] = []
  for (const command of parseScript(text)) {
    if (command.kind === 'clear') storage.clear()
    else if (command.kind === 'load') storage.load(command)
    else outcomes.push({ line: command.line, query: command.query, ...runCase(command, storage) })
  }
  return outcomes
}

function runCase(command: EvalCommand, storage: ScriptStorage): Pick<CaseOutcome, 'outcome' | 'reason'> {
  const failExpectation = command.expectations.find(({ kind }) => kind === 'fail')
  try {
    const reason = command.expected.some(line => line.includes('{{'))
      ? leaveOut('native histograms')
      : (check(command, storage) ?? '')
    if (failExpectation) return { outcome: 'failed', reason: 'expected an error' }
    return reason === '' ? { outcome: 'passed', reason } : { outcome: 'failed', reason }
  } catch (error) {
    if (error instanceof NativeHistogramError) return { outcome: 'left out', reason: 'native histograms' }
    if (!(error instanceof ParseError) && !(error instanceof EvaluationError)) throw error
    const known = LEFT_OUT.find(([pattern]) => pattern.test(error.message))
    if (known) return { outcome: 'left out', reason: known[1] }
    if (failExpectation && mentions(failExpectation, [error.message]))
      return { outcome: 'passed', reason: '' }
    return { outcome: 'failed', reason: error.message }
  }
}

function leaveOut(reason: string): never {
  throw new NativeHistogramError(reason)
}

/** Evaluates the case; the reason why its result is wrong, or undefined. */
function check(command: EvalCommand, storage: ScriptStorage): string | undefined {
  const expression = parse(command.query, { experimentalFunctions: true })
  const parsed: ParsedQuery = { text: command.query, expression }
  const { at } = command
  if (!('instantMs' in at)) {
    const answer = queryRange(parsed, storage, at, OPTIONS)
    return compareRange(command.expected, answer.result, at) ?? checkNotes(command.expectations, answer)
  }
  const answer = queryInstant(parsed, storage, at.instantMs, OPTIONS)
  const wrong = compareInstant(command, answer.result) ?? checkNotes(command.expectations, answer)
  if (wrong || answer.result.type !== 'vector' || dependsOnRange(command)) return wrong
  // Upstream checks every instant query as the middle step of a range, too.
  const range = { startMs: at.instantMs - MINUTE, endMs: at.instantMs + MINUTE, stepMs: MINUTE }
  return compareMiddle(command, queryRange(parsed, storage, range, OPTIONS).result, at.instantMs)
}

const dependsOnRange = ({ expectations, query }: EvalCommand): boolean =>
  expectations.some(({ kind }) => kind === 'ordered') || /\b(?:start|end|step|range)\(\)/.test(query)

function mentions({ message, regex }: Expectation, notes: readonly string[]): boolean {
  if (message !== undefined) return notes.some(note => note.includes(message))
  return regex ? notes.some(note => regex.test(note)) : notes.length > 0
}

function checkNotes(expectations: readonly Expectation[], answer: Answer): string | undefined {
  for (const expectation of expectations) {
    const { kind } = expectation
    const notes = kind === 'warn' || kind === 'no_warn' ? answer.warnings : answer.infos
    if ((kind === 'no_warn' || kind === 'no_info') && notes.length > 0)
      return `expected ${kind}, got ${notes.join('; ')}`
    if ((kind === 'warn' || kind === 'info') && !mentions(expectation, notes))
      return `expected ${kind} ${expectation.message ?? expectation.regex ?? ''}, got: ${notes.join('; ') || 'none'}`
  }
  return undefined
}
