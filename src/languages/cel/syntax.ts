import type { Value } from './value.ts'

/** A node of an expression after its macros are expanded. `offset` is where errors point to. */
export type Expression =
  | { readonly kind: 'literal'; readonly offset: number; readonly value: Value }
  | { readonly kind: 'identifier'; readonly offset: number; readonly name: string }
  | {
      readonly kind: 'select'
      readonly offset: number
      readonly operand: Expression
      readonly field: string
      /** Set by `has()`. */
      readonly testOnly: boolean
    }
  | Call
  | {
      readonly kind: 'list'
      readonly offset: number
      readonly elements: readonly Expression[]
      /** Indices of elements written `?x`. */
      readonly optional: ReadonlySet<number>
    }
  | { readonly kind: 'map'; readonly offset: number; readonly entries: readonly Entry[] }
  | {
      readonly kind: 'object'
      readonly offset: number
      /** The type's. */
      readonly name: string
      readonly fields: readonly FieldValue[]
    }
  | Comprehension

export interface Call {
  readonly kind: 'call'
  readonly offset: number
  readonly name: string
  /** The receiver, of `receiver.name(…)`. */
  readonly target: Expression | undefined
  readonly arguments: readonly Expression[]
}

/** `name: value`, with `?` in front where the value is optional. */
export interface FieldValue {
  readonly name: string
  readonly value: Expression
  readonly optional: boolean
  readonly offset: number
}

interface Entry {
  readonly key: Expression
  readonly value: Expression
  readonly optional: boolean
}

/** A loop over a list or map, as the specification expands macros; `macro` says which it was. */
export interface Comprehension {
  readonly kind: 'comprehension'
  readonly offset: number
  readonly macro: Macro
  readonly range: Expression
  readonly variable: string
  /** The value's variable, where `variable` is the key or index. */
  readonly variable2: string | undefined
  readonly accumulator: string
  readonly initial: Expression
  readonly condition: Expression
  readonly step: Expression
  readonly result: Expression
  /** What the macro was given: the condition on an element, and what becomes of it. */
  readonly predicate: Expression | undefined
  readonly transform: Expression | undefined
}

export type Macro = 'all' | 'exists' | 'exists_one' | 'collect' | 'collectMap' | 'collectEntries' | 'bind'
