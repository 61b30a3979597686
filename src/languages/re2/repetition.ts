import { PatternError } from './pattern-error.ts'
import type { Source } from './source.ts'
import type { Flags, PatternNode, Repeat } from './syntax.ts'

// RE2's limit of a counted repetition, and of nested ones together.
const MAX_REPEAT = 1000

interface Place {
  flags: Flags
  /** What stands before the operator. */
  operand: PatternNode | undefined
  /** Where the operator right before this one begins: two in a row are an error. */
  lastRepetition: number | undefined
}

/** Reads `*`, `+?`, `{2,3}` …; undefined when there is none. */
export function readRepetition(
  source: Source,
  { flags, operand, lastRepetition }: Place,
): Repeat | undefined {
  const start = source.at
  const counts = readCounts(source)
  if (!counts) return undefined
  const [least, most] = counts
  const operator = source.since(start)
  const isValid = least <= MAX_REPEAT && least <= most && (most <= MAX_REPEAT || most === Infinity)
  if (!isValid) throw new PatternError('invalid repeat count', operator)
  const swap = source.accept('?')
  if (lastRepetition !== undefined)
    throw new PatternError('invalid nested repetition operator', source.since(lastRepetition))
  if (!operand) throw new PatternError('missing argument to repetition operator', source.since(start))
  const repeat: Repeat = { type: 'repeat', node: operand, least, most, greedy: flags.U === swap }
  if ((least >= 2 || (most >= 2 && most !== Infinity)) && copiesOf(repeat) > MAX_REPEAT)
    throw new PatternError('invalid repeat count', operator)
  return repeat
}

function readCounts(source: Source): [number, number] | undefined {
  if (source.accept('*')) return [0, Infinity]
  if (source.accept('+')) return [1, Infinity]
  if (source.accept('?')) return [0, 1]
  const braces = source.match(/\{(0|[1-9]\d*)(?:,(0|[1-9]\d*|))?\}/y)
  if (!braces) return undefined
  const least = Number(braces[1])
  return [least, braces[2] === undefined ? least : braces[2] === '' ? Infinity : Number(braces[2])]
}

/** How many copies of its innermost part nested counts make. */
function copiesOf(node: PatternNode): number {
  switch (node.type) {
    case 'set':
    case 'assert':
      return 1
    case 'group':
      return copiesOf(node.node)
    case 'sequence':
    case 'choice':
      return node.nodes.reduce((most, inner) => Math.max(most, copiesOf(inner)), 1)
    case 'repeat': {
      if (node.most === 0) return 1
      const count = node.most === Infinity ? node.least : node.most
      return Math.max(count, 1) * copiesOf(node.node)
    }
  }
}
