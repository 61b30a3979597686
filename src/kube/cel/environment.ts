import { formatLibrary } from '../../languages/cel/builtins/formats.ts'
import { createEnvironment, type Environment } from '../../languages/cel/environment.ts'
import type { Overload } from '../../languages/cel/overload.ts'
import type { Type } from '../../languages/cel/type.ts'
import { namedFormats } from './formats.ts'

let formats: readonly Overload[] | undefined

/** What expressions of Kubernetes 1.36 may use, with the given variables. */
export function kubernetesEnvironment(variables: Readonly<Record<string, Type>>): Environment {
  formats ??= formatLibrary(namedFormats)
  return createEnvironment(variables, formats)
}
