import { formatLibrary } from '../../languages/cel/builtins/formats.ts'
import { createEnvironment, type Environment } from '../../languages/cel/environment.ts'
import type { Overload } from '../../languages/cel/overload.ts'
import type { Type } from '../../languages/cel/type.ts'
import { patchLibrary, patchTypes } from './patch-types.ts'
import { namedFormats } from './formats.ts'

let formats: readonly Overload[] | undefined
let withPatches: readonly Overload[] | undefined

/** What expressions of Kubernetes 1.36 may use, with the given variables. */
export function kubernetesEnvironment(variables: Readonly<Record<string, Type>>): Environment {
  formats ??= formatLibrary(namedFormats)
  return createEnvironment(variables, formats)
}

/** The same for expressions that make patches: these may make objects of the types of patches too. */
export function patchingEnvironment(variables: Readonly<Record<string, Type>>): Environment {
  withPatches ??= [...formatLibrary(namedFormats), ...patchLibrary]
  return createEnvironment(variables, withPatches, patchTypes)
}
