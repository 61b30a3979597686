import { predicateShapes } from '../predicates.ts'
import type { Builtin } from './builtin.ts'
import { collections } from './collections.ts'
import { conversion } from './conversion.ts'
import { numbers } from './numbers.ts'
import { strings } from './strings.ts'
import { time } from './time.ts'

/** The built-in functions without a predicate, by name. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  [strings, numbers, collections, conversion, time].flatMap(group => Object.entries(group)),
)

export const isBuiltin = (name: string): boolean => builtins.has(name) || predicateShapes.has(name)
