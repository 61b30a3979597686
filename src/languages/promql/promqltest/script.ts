import { parseDuration } from '../duration.ts'

/** The times of an `eval range`, in milliseconds. */
export interface ScriptRange {
  startMs: number
  endMs: number
  stepMs: number
}

export interface Expectation {
  kind: 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info' | 'ordered' | 'string' | 'range vector'
  /** For fail, warn and info: the text or the expression to find. */
  message?: string
  regex?: RegExp
  string?: string
  range?: ScriptRange
}

export interface LoadCommand {
  kind: 'load'
  line: number
  stepMs: number
  /** The classic histograms are loaded as native ones with custom buckets too. */
  withNative: boolean
  series: readonly string[]
}
export interface EvalCommand {
  kind: 'eval'
  line: number
  query: string
  at: { instantMs: number } | ScriptRange
  expectations: readonly Expectation[]
  /** Lines of expected series, or one number. */
  expected: readonly string[]
}
export type Command = LoadCommand | EvalCommand | { kind: 'clear'; line: number }

export class ScriptError extends Error {
  override name = 'ScriptError'
}

/** A duration, or a number of seconds. */
function toMs(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const plain = text.replace(/^[-+]/, '')
  const ms = /^[\d.]+$/.test(plain) ? Number(plain) * 1000 : parseDuration(plain)
  if (ms === undefined || Number.isNaN(ms)) throw new ScriptError(`no duration: ${text}`)
  return sign * ms
}

function parseEval(text: string, line: number): EvalCommand {
  const match =
    /^eval(?:_(fail|warn|info|ordered))?\s+(?:instant\s+at\s+(\S+)|range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+))\s+(.+)$/s.exec(
      text,
    )
  if (!match) throw new ScriptError(`line ${line}: no eval command: ${text}`)
  const [, mode, instant, from, to, step, query = ''] = match
  const at = instant
    ? { instantMs: toMs(instant) }
    : { startMs: toMs(from ?? ''), endMs: toMs(to ?? ''), stepMs: toMs(step ?? '') }
  // The pattern has these four words only, and each is the name of an expectation.
  const expectations: Expectation[] = mode ? [{ kind: mode as Expectation['kind'] }] : []
  return { kind: 'eval', line, query, at, expectations, expected: [] }
}

function parseExpectation(text: string): Expectation {
  const body = text.replace(/^expect\s+/, '')
  const range = /^range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/.exec(body)
  if (range) {
    const [, from = '', to = '', step = ''] = range
    return {
      kind: 'range vector',
      range: { startMs: toMs(from), endMs: toMs(to), stepMs: toMs(step) },
    }
  }
  const match = /^(fail|warn|no_warn|info|no_info|ordered|string)\b\s*(.*)$/.exec(body)
  if (!match) throw new ScriptError(`unknown expectation: ${text}`)
  // The pattern has the names of expectations only.
  const kind = match[1] as Expectation['kind']
  const rest = match[2] ?? ''
  if (kind === 'string') return { kind, string: rest }
  if (rest.startsWith('msg:')) return { kind, message: rest.slice(4).trim() }
  if (rest.startsWith('regex:')) return { kind, regex: new RegExp(rest.slice(6).trim()) }
  return { kind }
}

/** Reads a promqltest script: a command begins a line, and what belongs to it follows until a blank line. */
export function parseScript(text: string): Command[] {
  const commands: Command[] = []
  let current: LoadCommand | EvalCommand | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim()
    const line = index + 1
    if (content === '') current = undefined
    if (content === '' || content.startsWith('#')) continue
    const load = /^load(_with_nhcb)?\s+(\S+)$/.exec(content)
    if (load) {
      const series: string[] = []
      current = { kind: 'load', line, stepMs: toMs(load[2] ?? ''), withNative: load[1] !== undefined, series }
      commands.push(current)
    } else if (/^eval(?:_\w+)?\s/.test(content)) {
      current = parseEval(content, line)
      commands.push(current)
    } else if (content === 'clear') commands.push({ kind: 'clear', line })
    else if (!current) throw new ScriptError(`line ${line}: not inside a command: ${content}`)
    else if (current.kind === 'load') current.series = [...current.series, content]
    else if (/^expect\s/.test(content))
      current.expectations = [...current.expectations, parseExpectation(content)]
    else if (/^expected_fail_(?:message|regexp)\s/.test(content)) {
      const value = content.replace(/^\S+\s+/, '')
      const isMessage = content.startsWith('expected_fail_message')
      const expectation: Expectation = isMessage
        ? { kind: 'fail', message: value }
        : { kind: 'fail', regex: new RegExp(value) }
      current.expectations = [...current.expectations, expectation]
    } else current.expected = [...current.expected, content]
  }
  return commands
}
