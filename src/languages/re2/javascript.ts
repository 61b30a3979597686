import { effortOf, safeLength } from './backtracking.ts'
import { ANY, type CharacterSet } from './character-set.ts'
import type { Assertion, PatternNode } from './syntax.ts'

const MAX_SOURCE = 5_000
const ASSERTIONS: Readonly<Record<Assertion, string>> = {
  start: '(?:^)',
  end: '(?:$)',
  lineStart: '(?<![^\\n])',
  lineEnd: '(?![^\\n])',
  word: '\\b',
  notWord: '\\B',
}

/** The pattern for JavaScript's engine. */
export interface Translation {
  expression: RegExp
  /** Longer texts are left to the automaton, since JavaScript may read them too often. */
  maxLength: number
}

/** Translates a pattern that means the same in JavaScript and cannot make its engine backtrack much; else undefined. */
export function translate(node: PatternNode, whole: boolean): Translation | undefined {
  const effort = effortOf(node)
  const maxLength = effort ? safeLength(effort, whole) : 0
  if (maxLength === 0) return undefined
  const source = sourceOf(node)
  if (source.length > MAX_SOURCE) return undefined
  return { expression: new RegExp(whole ? `^(?:${source})$` : source, 'u'), maxLength }
}

function sourceOf(node: PatternNode): string {
  switch (node.type) {
    case 'set':
      return sourceOfSet(node.set)
    case 'assert':
      return ASSERTIONS[node.kind]
    case 'group':
      return `(${sourceOf(node.node)})`
    case 'sequence':
      return node.nodes.length === 0 ? '(?:)' : node.nodes.map(sourceOf).join('')
    case 'choice':
      return `(?:${node.nodes.map(sourceOf).join('|')})`
    case 'repeat': {
      const { least, most } = node
      const counts = most === Infinity ? `{${least},}` : `{${least},${most}}`
      return `(?:${sourceOf(node.node)})${counts}${node.greedy ? '' : '?'}`
    }
  }
}

const escaped = (code: number): string => `\\u{${code.toString(16)}}`

function sourceOfSet(set: CharacterSet): string {
  if (set.length === 0) return '[]'
  if (set[0] === ANY[0] && set[1] === ANY[1]) return '[^]'
  let ranges = ''
  for (let i = 0; i < set.length; i += 2) ranges += `${escaped(set[i] ?? 0)}-${escaped(set[i + 1] ?? 0)}`
  return `[${ranges}]`
}
