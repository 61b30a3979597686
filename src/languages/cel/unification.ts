import { dynType, isDyn, parameterOf, sameType, type Type } from './type.ts'

/** What type parameters stand for so far. */
type Substitutions = Map<string, Type>

/** Finds what type parameters stand for, in the manner of cel-go's checker. */
export class Unification {
  #known: Substitutions = new Map()
  #free = 0

  /** A type parameter that nothing is known of. */
  fresh(): Type {
    return { kind: 'parameter', name: `_var${this.#free++}`, parameters: [] }
  }

  /** Whether values of all types fit all others; what that says of type parameters is kept if they do. */
  areAssignable(from: readonly Type[], to: readonly Type[]): boolean {
    const attempt = new Map(this.#known)
    if (!assignAll(attempt, from, to)) return false
    this.#known = attempt
    return true
  }

  isAssignable(from: Type, to: Type): boolean {
    return this.areAssignable([from], [to])
  }

  /** The type with all that is known put in; `whole` makes what is unknown dyn. */
  substitute(type: Type, whole = false): Type {
    return substituteIn(this.#known, type, whole)
  }
}

/** Replaces type parameters by what they stand for. */
export function substituteIn(known: ReadonlyMap<string, Type>, type: Type, whole = false): Type {
  if (type.kind === 'parameter') {
    const found = known.get(type.name)
    if (found) return substituteIn(known, found, whole)
    return whole ? dynType : type
  }
  if (type.parameters.length === 0) return type
  const parameters = type.parameters.map(parameter => substituteIn(known, parameter, whole))
  return parameters.every((parameter, index) => parameter === type.parameters[index])
    ? type
    : { ...type, parameters }
}

function assignAll(known: Substitutions, from: readonly Type[], to: readonly Type[]): boolean {
  return from.length === to.length && from.every((type, index) => assign(known, type, to[index] ?? dynType))
}

function assign(known: Substitutions, a: Type, b: Type): boolean {
  if (b.kind === 'parameter') {
    if (bind(known, a, b)) return true
    if (known.has(b.name)) return false
  }
  if (a.kind === 'parameter') return bind(known, b, a)
  if (isWild(a) || isWild(b)) return true
  if (a.kind === 'null') return isNullable(b)
  if (b.kind === 'null') return isNullable(a)
  switch (a.kind) {
    case 'type':
      return b.kind === 'type'
    case 'list':
    case 'map':
    case 'opaque':
      return a.kind === b.kind && a.name === b.name && assignAll(known, a.parameters, b.parameters)
    default:
      return a.kind === b.kind && a.name === b.name && a.fields === b.fields
  }
}

/** Whether `type` can be what the parameter stands for. */
function bind(known: Substitutions, type: Type, parameter: Type): boolean {
  if (sameType(type, parameter)) return true
  const current = known.get(parameter.name)
  if (current) {
    if (sameType(type, current)) return true
    if (!assign(known, type, current)) return false
    const general = mostGeneral(type, current)
    if (!occursIn(known, parameter, general)) known.set(parameter.name, general)
    return true
  }
  if (occursIn(known, parameter, type)) return false
  known.set(parameter.name, type)
  return true
}

function occursIn(known: Substitutions, parameter: Type, type: Type): boolean {
  if (sameType(parameter, type)) return true
  if (type.kind === 'parameter') {
    const found = known.get(type.name)
    return found !== undefined && occursIn(known, parameter, found)
  }
  return type.parameters.some(inner => occursIn(known, parameter, inner))
}

const isWild = (type: Type) => isDyn(type) || type.kind === 'error'

const isNullable = ({ kind }: Type) =>
  kind === 'null' || kind === 'opaque' || kind === 'object' || kind === 'duration' || kind === 'timestamp'

/** Of two types that fit each other, the one that says less. */
export const mostGeneral = (a: Type, b: Type): Type => (isLessSpecific(a, b) ? a : b)

function isLessSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === 'parameter') return true
  if (isDyn(b) || b.kind === 'parameter') return false
  if (
    a.kind !== b.kind ||
    a.name !== b.name ||
    a.fields !== b.fields ||
    a.parameters.length !== b.parameters.length
  )
    return false
  if (a.kind === 'type') return true
  return a.parameters.every((parameter, index) => isLessSpecific(parameter, parameterOf(b, index)))
}
