import { type CharacterSet, complement, setOf } from './character-set.ts'
import { foldCase } from './case-folding.ts'
import { readEscapedClass, readEscapedCode } from './escape.ts'
import { posixClass, resolved } from './named-classes.ts'
import { PatternError } from './pattern-error.ts'
import type { Source } from './source.ts'

/** Reads a class such as `[^a-z\d[:space:]]`, from its bracket. */
export function readBracket(source: Source, ignoreCase: boolean): CharacterSet {
  const start = source.at
  const fold = ignoreCase ? foldCase : (set: CharacterSet) => set
  source.accept('[')
  const negated = source.accept('^')
  const ranges: number[] = []
  const literal: number[] = []
  for (let first = true; first || !source.startsWith(']'); first = false) {
    if (source.done) throw new PatternError('missing closing ]', source.from(start))
    const named = readPosix(source) ?? readEscapedClass(source)
    // One by one: as arguments, ten thousands of ranges could overflow the stack.
    if (named) for (const bound of resolved(named, fold)) ranges.push(bound)
    else literal.push(...readRange(source, start))
  }
  source.accept(']')
  const set = setOf([...ranges, ...fold(setOf(literal))])
  return negated ? complement(set) : set
}

function readPosix(source: Source) {
  if (!source.startsWith('[:')) return undefined
  const end = source.text.indexOf(':]', source.at + 2)
  if (end < 0) return undefined
  const name = source.text.slice(source.at + 2, end)
  const found = posixClass(name)
  if (!found) throw new PatternError('invalid character class range', `[:${name}:]`)
  source.at = end + 2
  return found
}

function readRange(source: Source, bracket: number): [number, number] {
  const start = source.at
  const low = readMember(source, bracket)
  if (!source.startsWith('-') || source.startsWith('-]')) return [low, low]
  source.accept('-')
  const high = readMember(source, bracket)
  if (high < low) throw new PatternError('invalid character class range', source.since(start))
  return [low, high]
}

function readMember(source: Source, bracket: number): number {
  if (source.done) throw new PatternError('missing closing ]', source.from(bracket))
  return source.startsWith('\\') ? readEscapedCode(source) : (source.take().codePointAt(0) ?? 0)
}
