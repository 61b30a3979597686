import { type CharacterSet, setOf } from './character-set.ts'
import { isNullable, type PatternNode, type Repeat } from './syntax.ts'

/** How a backtracking engine fares on a pattern. */
export interface Effort {
  /** Ways through the pattern's alternatives. */
  paths: number
  /** Repetitions that may end at more than one place: each multiplies the ways by the length of the text. */
  ambiguous: number
  /** The longest match, in code points; may be infinite. */
  length: number
}

/** Characters read again and again in the worst case: some milliseconds. */
const MAX_READ = 1_000_000
const MAX_TEXT = 100_000

/** What can come next: a set of characters, or `done` when the pattern ends, or undefined when it is not known. */
type Following = CharacterSet | 'done' | undefined

/**
 * Effort of a pattern that means the same in JavaScript; undefined when it may not, or when its effort has no such
 * bound. Repetitions of anything but one character are among these: they nest choices, and JavaScript forgets groups
 * and empty rounds in them.
 */
export const effortOf = (node: PatternNode): Effort | undefined => walk(node, 'done').effort

/** The longest text for which the effort stays small. */
export function safeLength(effort: Effort, whole: boolean): number {
  const read = (length: number): number =>
    effort.paths *
    (length + 1) ** effort.ambiguous *
    (Math.min(length, effort.length) + 1) *
    (whole ? 1 : length + 1)
  let [low, high] = [0, MAX_TEXT]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (read(middle) <= MAX_READ) low = middle
    else high = middle - 1
  }
  return low
}

interface Walked {
  effort: Effort | undefined
  /** What the node and what follows it begin with. */
  first: Following
}

function walk(node: PatternNode, following: Following): Walked {
  switch (node.type) {
    case 'set':
      return { effort: { paths: 1, ambiguous: 0, length: 1 }, first: node.set }
    case 'assert':
      return {
        effort: { paths: 1, ambiguous: 0, length: 0 },
        first: node.kind === 'end' ? 'done' : following,
      }
    case 'group':
      return walk(node.node, following)
    case 'sequence':
      return walkSequence(node.nodes, following)
    case 'choice':
      return walkChoice(node.nodes, following)
    case 'repeat':
      return walkRepeat(node, following)
  }
}

function walkSequence(nodes: readonly PatternNode[], following: Following): Walked {
  let first = following
  const total: Effort = { paths: 1, ambiguous: 0, length: 0 }
  for (const part of nodes.toReversed()) {
    const walked = walk(part, first)
    if (!walked.effort) return walked
    first = walked.first
    total.paths *= walked.effort.paths
    total.ambiguous += walked.effort.ambiguous
    total.length += walked.effort.length
  }
  return { effort: total, first }
}

function walkChoice(nodes: readonly PatternNode[], following: Following): Walked {
  const total: Effort = { paths: 0, ambiguous: 0, length: 0 }
  const firsts: Following[] = []
  for (const part of nodes) {
    const walked = walk(part, following)
    if (!walked.effort) return walked
    firsts.push(walked.first)
    total.paths += walked.effort.paths
    total.ambiguous = Math.max(total.ambiguous, walked.effort.ambiguous)
    total.length = Math.max(total.length, walked.effort.length)
  }
  return { effort: total, first: union(firsts) }
}

function walkRepeat({ node, least, most }: Repeat, following: Following): Walked {
  const unknown: Walked = { effort: undefined, first: undefined }
  if (node.type !== 'set') {
    if (most !== 1 || isNullable(node)) return unknown
    const { effort, first } = walk(node, following)
    if (!effort || least === 1) return { effort, first }
    return { effort: { ...effort, paths: effort.paths + 1 }, first: union([first, following]) }
  }
  const first = least > 0 ? node.set : union([node.set, following])
  // Where nothing that follows can be part of the repetition, it ends at one place only.
  const isClear = following !== undefined && (following === 'done' || areDisjoint(node.set, following))
  if (most === Infinity) return { effort: { paths: 1, ambiguous: isClear ? 0 : 1, length: Infinity }, first }
  return { effort: { paths: isClear ? 1 : most - least + 1, ambiguous: 0, length: most }, first }
}

function union(firsts: readonly Following[]): Following {
  const sets: number[] = []
  for (const first of firsts) {
    if (first === undefined || first === 'done') return undefined
    sets.push(...first)
  }
  return setOf(sets)
}

function areDisjoint(one: CharacterSet, other: CharacterSet): boolean {
  let [i, j] = [0, 0]
  while (i < one.length && j < other.length) {
    if (one[i + 1]! < other[j]!) i += 2
    else if (other[j + 1]! < one[i]!) j += 2
    else return false
  }
  return true
}
