import type { Overload } from './overload.ts'
import { standardLibraries } from './builtins/libraries.ts'
import type { Type } from './type.ts'

/** What expressions may use: variables by name with their types, and functions by name with their forms. */
export interface Environment {
  readonly variables: ReadonlyMap<string, Type>
  readonly functions: ReadonlyMap<string, readonly Overload[]>
}

let standard: ReadonlyMap<string, readonly Overload[]> | undefined

/**
 * An environment with the libraries of Kubernetes 1.36. Further overloads may be given, which come after those
 * of the same name.
 */
export function createEnvironment(
  variables: Readonly<Record<string, Type>>,
  overloads: readonly Overload[] = [],
): Environment {
  standard ??= byName(standardLibraries())
  const functions =
    overloads.length === 0 ? standard : byName([...[...standard.values()].flat(), ...overloads])
  return { variables: new Map(Object.entries(variables)), functions }
}

function byName(overloads: readonly Overload[]): ReadonlyMap<string, readonly Overload[]> {
  const functions = new Map<string, Overload[]>()
  for (const overload of overloads) {
    const known = functions.get(overload.name)
    if (known) known.push(overload)
    else functions.set(overload.name, [overload])
  }
  return functions
}
