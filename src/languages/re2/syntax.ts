import type { CharacterSet } from './character-set.ts'

export type Assertion = 'start' | 'end' | 'lineStart' | 'lineEnd' | 'word' | 'notWord'

export interface Repeat {
  type: 'repeat'
  node: PatternNode
  least: number
  /** May be infinite. */
  most: number
  greedy: boolean
}

/** A parsed pattern; flags and case are already in its sets and assertions. */
export type PatternNode =
  | { type: 'set'; set: CharacterSet }
  | { type: 'assert'; kind: Assertion }
  | { type: 'group'; index: number; node: PatternNode }
  | { type: 'sequence'; nodes: readonly PatternNode[] }
  | { type: 'choice'; nodes: readonly PatternNode[] }
  | Repeat

export interface Syntax {
  source: string
  root: PatternNode
  /** The names of the capturing groups, from the first; undefined for one without a name. */
  groupNames: readonly (string | undefined)[]
}

/** RE2's flags: ignore case, `^` and `$` at lines, `.` matches a newline, swap greedy and non-greedy. */
export interface Flags {
  i: boolean
  m: boolean
  s: boolean
  U: boolean
}
export type Flag = keyof Flags

/** Whether a node can match the empty text. */
export function isNullable(node: PatternNode): boolean {
  switch (node.type) {
    case 'set':
      return false
    case 'assert':
      return true
    case 'group':
      return isNullable(node.node)
    case 'sequence':
      return node.nodes.every(isNullable)
    case 'choice':
      return node.nodes.some(isNullable)
    case 'repeat':
      return node.least === 0 || isNullable(node.node)
  }
}
