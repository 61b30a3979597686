import type { Overload } from './overload.ts'
import { standardLibraries } from './builtins/libraries.ts'
import type { Type } from './type.ts'

/** What expressions may use: variables by name with their types, and functions by name with their forms. */
export interface Environment {
  readonly variables: ReadonlyMap<string, Type>
  readonly functions: ReadonlyMap<string, readonly Overload[]>
  /** Types by name whose values expressions can make, as `Name{field: value}`. */
  readonly objects?: ((name: string) => Type | undefined) | undefined
}

type Functions = Environment['functions']

/** Functions by the overloads that they were made of: environments differ in their variables mostly. */
const made = new WeakMap<readonly Overload[], Functions>()
const none: readonly Overload[] = []

/**
 * An environment with the libraries of Kubernetes 1.36. Further overloads may be given, which come after those
 * of the same name; the same array each time is fastest.
 */
export function createEnvironment(
  variables: Readonly<Record<string, Type>>,
  overloads: readonly Overload[] = none,
  objects?: Environment['objects'],
): Environment {
  let functions = made.get(overloads)
  if (!functions) {
    functions = byName([...standardLibraries(), ...overloads])
    made.set(overloads, functions)
  }
  return { variables: new Map(Object.entries(variables)), functions, objects }
}

function byName(overloads: readonly Overload[]): Functions {
  const functions = new Map<string, Overload[]>()
  for (const overload of overloads) {
    const known = functions.get(overload.name)
    if (known) known.push(overload)
    else functions.set(overload.name, [overload])
  }
  return functions
}
