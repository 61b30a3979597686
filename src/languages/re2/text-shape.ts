import { ANY, type CharacterSet, NOT_NEWLINE, onlyMember, sizeOf } from './character-set.ts'
import type { PatternNode } from './syntax.ts'

/** A list may be as long as it is written; what sequences multiply may not. */
const MAX_LISTED = 20_000
const MAX_PRODUCT = 256
const MAX_MEMBERS = 10
const MAX_LENGTH = 10_000

/**
 * The only texts that a pattern matches as a whole, when they are few (`a|b|c`, `v[12]`, `^x$`); else undefined.
 * In order of preference, perhaps more than once.
 */
export function literalsOf(node: PatternNode): readonly string[] | undefined {
  return combine(withoutEdges(node))
}

function combine(node: PatternNode): string[] | undefined {
  switch (node.type) {
    case 'set':
      return membersOf(node.set)
    case 'assert':
      return undefined
    case 'group':
      return combine(node.node)
    case 'sequence': {
      let texts: string[] = ['']
      for (const part of node.nodes) {
        const ends = combine(part)
        if (!ends || (texts.length > 1 && ends.length > 1 && texts.length * ends.length > MAX_PRODUCT))
          return undefined
        texts = texts.flatMap(text => ends.map(end => text + end))
        if ((texts[0]?.length ?? 0) > MAX_LENGTH) return undefined
      }
      return texts
    }
    case 'choice': {
      const texts: string[] = []
      for (const part of node.nodes) {
        const more = combine(part)
        if (!more || texts.length + more.length > MAX_LISTED) return undefined
        texts.push(...more)
      }
      return texts
    }
    case 'repeat': {
      if (node.least !== 0 || node.most !== 1) return undefined
      const once = combine(node.node)
      return once && (node.greedy ? [...once, ''] : ['', ...once])
    }
  }
}

function membersOf(set: CharacterSet): string[] | undefined {
  if (sizeOf(set) > MAX_MEMBERS) return undefined
  const members: string[] = []
  for (let i = 0; i < set.length; i += 2)
    for (let code = set[i] ?? 0; code <= (set[i + 1] ?? 0); code++) members.push(String.fromCodePoint(code))
  return members
}

/** `^` in front and `$` at the end say nothing about a match of the whole text. */
function withoutEdges(node: PatternNode): PatternNode {
  const { nodes } = partsOf(node)
  return { type: 'sequence', nodes }
}

/** The parts of a sequence without text anchors at its ends, and whether they were there. */
function partsOf(node: PatternNode): { nodes: readonly PatternNode[]; fromStart: boolean; toEnd: boolean } {
  let nodes = node.type === 'sequence' ? node.nodes : [node]
  const isAssert = (part: PatternNode | undefined, kind: 'start' | 'end') =>
    part?.type === 'assert' && part.kind === kind
  const fromStart = isAssert(nodes[0], 'start')
  if (fromStart) nodes = nodes.slice(1)
  const toEnd = isAssert(nodes.at(-1), 'end')
  if (toEnd) nodes = nodes.slice(0, -1)
  return { nodes, fromStart, toEnd }
}

/** Texts in this order, with anything between them. */
interface Pieces {
  /** At least one; the first begins the text and the last ends it. Between two stands a gap of any length. */
  texts: string[]
  /** Gaps that need a character. */
  filled: boolean[]
  /** No gap may have a newline, so that the whole text must have none (the pieces have none either). */
  withoutNewline: boolean
}

/** A test made of string operations for `foo.*`, `.*foo.*`, `^foo`, `a.+b` …; undefined for any other pattern. */
export function shapeTest(node: PatternNode, whole: boolean): ((text: string) => boolean) | undefined {
  const pieces = piecesOf(node, whole)
  return pieces && (text => fits(text, pieces))
}

function piecesOf(node: PatternNode, whole: boolean): Pieces | undefined {
  const { nodes, fromStart, toEnd } = partsOf(node)
  const texts = ['']
  const filled: boolean[] = []
  const kinds = new Set<boolean>()
  const gap = (needsOne: boolean, withoutNewline: boolean): void => {
    kinds.add(withoutNewline)
    texts.push('')
    filled.push(needsOne)
  }
  if (!whole && !fromStart) gap(false, false)
  for (const part of nodes) {
    const code = part.type === 'set' ? onlyMember(part.set) : undefined
    // Half a surrogate pair could be found inside of a whole one.
    if (code !== undefined && (code < 0xd800 || code > 0xdfff))
      texts[texts.length - 1] += String.fromCodePoint(code)
    else if (
      part.type === 'repeat' &&
      part.least <= 1 &&
      part.most === Infinity &&
      part.node.type === 'set'
    ) {
      const { set } = part.node
      const isLine = set.join() === NOT_NEWLINE.join()
      if (!isLine && set.join() !== ANY.join()) return undefined
      gap(part.least === 1, isLine)
    } else return undefined
  }
  if (!whole && !toEnd) gap(false, false)
  const withoutNewline = kinds.has(true)
  if (withoutNewline && (kinds.has(false) || texts.join('').includes('\n'))) return undefined
  // Two gaps with nothing between them, one of which needs a character, are left to the automaton.
  if (filled.includes(true) && texts.slice(1, -1).includes('')) return undefined
  return { texts, filled, withoutNewline }
}

/** The leftmost place for each piece leaves most for the rest, so no place has to be tried twice. */
function fits(text: string, { texts, filled, withoutNewline }: Pieces): boolean {
  const [first, last] = [texts[0] ?? '', texts.at(-1) ?? '']
  if (texts.length === 1) return text === first
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  if (withoutNewline && text.includes('\n')) return false
  let at = first.length
  for (let index = 1; index < texts.length; index++) {
    if (filled[index - 1]) at++
    if (index === texts.length - 1) break
    // Inside the list.
    const piece = texts[index]!
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at <= text.length - last.length
}
