import { noSuchOverload } from './cel-error.ts'
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  nullType,
  opaqueType,
  optionalOf,
  stringType,
  timestampType,
  type Type,
  typeOf,
  typeParameter,
  uintType,
} from './type.ts'
import { Duration, List, Mapping, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './value.ts'

/** One form of a function. */
export interface Overload {
  readonly id: string
  /** The function's name. */
  readonly name: string
  /** Called as `first.name(…)`. */
  readonly isMember: boolean
  readonly parameters: readonly Type[]
  readonly result: Type
  readonly typeParameters: readonly string[]
  /** Gets values of the declared types only. */
  readonly call: (...given: readonly Value[]) => Value
}

const named: Readonly<Record<string, Type>> = {
  bool: boolType,
  int: intType,
  uint: uintType,
  double: doubleType,
  string: stringType,
  bytes: bytesType,
  null: nullType,
  timestamp: timestampType,
  duration: durationType,
  dyn: dynType,
  url: opaqueType('kubernetes.URL'),
  quantity: opaqueType('kubernetes.Quantity'),
  semver: opaqueType('kubernetes.Semver'),
  format: opaqueType('kubernetes.NamedFormat'),
  ip: opaqueType('net.IP'),
  cidr: opaqueType('net.CIDR'),
  authorizer: opaqueType('kubernetes.authorization.Authorizer'),
  pathCheck: opaqueType('kubernetes.authorization.PathCheck'),
  groupCheck: opaqueType('kubernetes.authorization.GroupCheck'),
  resourceCheck: opaqueType('kubernetes.authorization.ResourceCheck'),
  decision: opaqueType('kubernetes.authorization.Decision'),
}

/**
 * Declares a form of a function by its signature: `string::startsWith(string): bool` is a method of strings,
 * `size(list(A)): int` a function of lists of anything.
 */
export function overload(
  id: string,
  signature: string,
  // Parameters of any types: the signature says which, and nothing else is passed.
  call: (...given: never[]) => Value,
): Overload {
  const [, receiver, name = '', given = '', result = ''] =
    /^(?:(.+?)::)?([^(]+)\((.*)\): (.+)$/.exec(signature) ?? []
  const reader = new TypeReader()
  return {
    id,
    name,
    isMember: receiver !== undefined,
    parameters: [...(receiver === undefined ? [] : reader.read(receiver)), ...reader.read(given)],
    result: reader.read(result)[0] ?? dynType,
    typeParameters: [...reader.typeParameters],
    call: call as Overload['call'],
  }
}

/** Reads lists of types such as `map(string, A), int`; one capital letter is a type parameter. */
class TypeReader {
  readonly typeParameters = new Set<string>()
  #tokens: readonly string[] = []
  #at = 0

  read(text: string): Type[] {
    this.#tokens = text.match(/\w+|[(),]/g) ?? []
    this.#at = 0
    return this.#types()
  }

  #types(): Type[] {
    const types: Type[] = []
    while (this.#at < this.#tokens.length && this.#tokens[this.#at] !== ')') {
      if (this.#tokens[this.#at] === ',') this.#at++
      else types.push(this.#type())
    }
    this.#at++
    return types
  }

  #type(): Type {
    const word = this.#tokens[this.#at++] ?? ''
    if (/^[A-Z]$/.test(word)) {
      this.typeParameters.add(word)
      return typeParameter(word)
    }
    let inner: readonly Type[] = []
    if (this.#tokens[this.#at] === '(') {
      this.#at++
      inner = this.#types()
    }
    const [first = dynType, second = dynType] = inner
    switch (word) {
      case 'list':
        return listOf(first)
      case 'map':
        return mapOf(first, second)
      case 'optional':
        return optionalOf(first)
      case 'type':
        return typeOf(first)
    }
    const type = named[word]
    if (!type) throw new Error(`no type named ${word}`)
    return type
  }
}

/** Whether a value is of a type, as far as can be seen without looking into it. */
function isOf(value: Value, { kind, name }: Type): boolean {
  switch (kind) {
    case 'bool':
      return typeof value === 'boolean'
    case 'int':
      return typeof value === 'bigint'
    case 'double':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string'
    case 'uint':
      return value instanceof Uint
    case 'bytes':
      return value instanceof Uint8Array
    case 'null':
      return value === null
    case 'timestamp':
      return value instanceof Timestamp
    case 'duration':
      return value instanceof Duration
    case 'list':
      return value instanceof List
    case 'map':
    case 'object':
      return value instanceof Mapping
    case 'type':
      return value instanceof TypeValue
    case 'opaque':
      return name === 'optional_type'
        ? value instanceof Optional
        : value instanceof Opaque && value.typeName === name
    default:
      return true
  }
}

/** The first form that takes these values. Throws EvaluationError where there is none. */
export function dispatch(candidates: readonly Overload[], given: readonly Value[]): Overload {
  for (const candidate of candidates)
    if (candidate.parameters.every((type, index) => isOf(given[index] as Value, type))) return candidate
  throw noSuchOverload()
}
