import type { Issue } from './cel-error.ts'
import type { Environment } from './environment.ts'
import type { Overload } from './overload.ts'
import { nameOf } from './parser.ts'
import { Scope } from './scope.ts'
import type { Call, Comprehension, Expression } from './syntax.ts'
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  errorType,
  formatType,
  intType,
  isDyn,
  isOptional,
  listOf,
  mapOf,
  nullType,
  opaqueType,
  optionalOf,
  parameterOf,
  sameType,
  stringType,
  timestampType,
  type Type,
  typeOf,
  uintType,
  unwrapped,
} from './type.ts'
import { mostGeneral, substituteIn, Unification } from './unification.ts'
import { typeNameOf, type Value } from './value.ts'

const libraryTypes = [
  'net.IP',
  'net.CIDR',
  'kubernetes.URL',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  'kubernetes.NamedFormat',
  'kubernetes.authorization.Authorizer',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck',
  'kubernetes.authorization.Decision',
]

/** What the checker found out about an expression. */
export interface Checked {
  readonly issues: readonly Issue[]
  /** Types by node. */
  readonly types: ReadonlyMap<Expression, Type>
  /** The forms that a call may mean; several where types are not known. */
  readonly overloads: ReadonlyMap<Expression, readonly Overload[]>
  /** Nodes that are names of types, and calls of functions whose names have dots: what they stand for. */
  readonly typeNames: ReadonlyMap<Expression, string>
  readonly functions: ReadonlySet<Expression>
  /** Variables of the environment that the expression uses. */
  readonly references: ReadonlySet<string>
}

const typeIdentifiers: ReadonlyMap<string, Type> = new Map(
  [
    boolType,
    intType,
    uintType,
    doubleType,
    stringType,
    bytesType,
    listOf(dynType),
    mapOf(dynType, dynType),
  ].map(type => [type.name, type]),
)
const longTypeIdentifiers: ReadonlyMap<string, Type> = new Map([
  ['null_type', nullType],
  ['type', typeOf()],
  ['optional_type', optionalOf(dynType)],
  ['google.protobuf.Timestamp', timestampType],
  ['google.protobuf.Duration', durationType],
  ...libraryTypes.map(name => [name, opaqueType(name)] as const),
])

const literalTypes: Readonly<Record<string, Type>> = {
  bool: boolType,
  int: intType,
  uint: uintType,
  double: doubleType,
  string: stringType,
  bytes: bytesType,
  null_type: nullType,
}
const typeOfLiteral = (value: Value): Type => literalTypes[typeNameOf(value)] ?? dynType

/** Infers the type of every node and resolves what calls mean, with cel-go's rules and messages. */
export function check(expression: Expression, environment: Environment): Checked {
  const checker = new Checker(environment)
  checker.check(expression, new Scope<Type>(new Map()))
  return checker.checked()
}

class Checker {
  readonly #environment: Environment
  readonly #issues: Issue[] = []
  readonly #types = new Map<Expression, Type>()
  readonly #overloads = new Map<Expression, readonly Overload[]>()
  readonly #typeNames = new Map<Expression, string>()
  readonly #functions = new Set<Expression>()
  readonly #references = new Set<string>()
  readonly #unification = new Unification()
  /** How many calls of `format` the node is in: lists of its arguments may be mixed. */
  #formats = 0

  constructor(environment: Environment) {
    this.#environment = environment
  }

  checked(): Checked {
    const types = new Map<Expression, Type>()
    for (const [node, type] of this.#types) types.set(node, this.#unification.substitute(type, true))
    return {
      issues: this.#issues,
      types,
      overloads: this.#overloads,
      typeNames: this.#typeNames,
      functions: this.#functions,
      references: this.#references,
    }
  }

  check(node: Expression, scope: Scope<Type>): Type {
    const type = this.#infer(node, scope)
    this.#types.set(node, type)
    return type
  }

  #report({ offset }: { readonly offset: number }, message: string): Type {
    this.#issues.push({ offset, message })
    return errorType
  }

  #mismatch(node: Expression, expected: Type, actual: Type): Type {
    const shown = [expected, actual].map(type => formatType(this.#unification.substitute(type)))
    return this.#report(node, `expected type '${shown[0]}' but found '${shown[1]}'`)
  }

  #infer(node: Expression, scope: Scope<Type>): Type {
    switch (node.kind) {
      case 'literal':
        return typeOfLiteral(node.value)
      case 'identifier':
        return this.#lookUp(node, node.name, scope) ?? this.#undeclared(node, node.name)
      case 'select': {
        const name = nameOf(node)
        const known = name === undefined ? undefined : this.#lookUp(node, name, scope)
        if (known) return known
        const type = this.#select(node, node.operand, { field: node.field, scope })
        return node.testOnly ? boolType : type
      }
      case 'call':
        return this.#call(node, scope)
      case 'list':
        return this.#list(node, scope)
      case 'map':
        return this.#map(node, scope)
      case 'object':
        return this.#object(node, scope)
      case 'comprehension':
        return this.#comprehension(node, scope)
    }
  }

  #undeclared(node: Expression, name: string): Type {
    return this.#report(node, `undeclared reference to '${name}' (in container '')`)
  }

  #lookUp(node: Expression, dotted: string, scope: Scope<Type>): Type | undefined {
    const name = dotted.startsWith('.') ? dotted.slice(1) : dotted
    const local = name === dotted ? scope.find(name) : undefined
    if (local) return local
    const variable = this.#environment.variables.get(name)
    if (variable) {
      this.#references.add(name)
      return variable
    }
    const type = typeIdentifiers.get(name) ?? longTypeIdentifiers.get(name)
    if (!type) return undefined
    this.#typeNames.set(node, name)
    return typeOf(type)
  }

  #select(
    node: Expression,
    operand: Expression,
    { field, scope, optional = false }: { field: string; scope: Scope<Type>; optional?: boolean },
  ): Type {
    const operandType = this.#unification.substitute(this.check(operand, scope))
    const target = unwrapped(operandType)
    const found = this.#fieldOf(node, target, field)
    return optional || isOptional(operandType) ? optionalOf(found) : found
  }

  #fieldOf(node: Expression, target: Type, field: string): Type {
    switch (target.kind) {
      case 'map':
        return parameterOf(target, 1)
      case 'object':
        return target.fields?.get(field)?.type ?? this.#report(node, `undefined field '${field}'`)
      case 'parameter':
        this.#unification.isAssignable(dynType, target)
        return dynType
      case 'dyn':
      case 'error':
        return dynType
      default:
        this.#report(node, `type '${formatType(target)}' does not support field selection`)
        return dynType
    }
  }

  #call(node: Call, scope: Scope<Type>): Type {
    const { name, target, arguments: given } = node
    if (name === '_?._') {
      const [operand, field] = given
      // The parser makes this call, with a literal for the field.
      const fieldName = field?.kind === 'literal' ? String(field.value) : ''
      if (field) this.#types.set(field, stringType)
      return this.#select(node, operand as Expression, { field: fieldName, scope, optional: true })
    }
    const isFormat = name === 'format' && target !== undefined
    if (isFormat) this.#formats++
    const types = given.map(argument => this.check(argument, scope))
    if (isFormat) this.#formats--
    const { functions } = this.#environment
    if (!target) {
      const found = functions.get(name.startsWith('.') ? name.slice(1) : name)
      return found ? this.#resolve(node, found, types) : this.#undeclared(node, name)
    }
    const prefix = nameOf(target)
    const qualified = prefix === undefined ? undefined : functions.get(`${prefix}.${name}`)
    if (qualified) {
      this.#functions.add(node)
      return this.#resolve(node, qualified, types)
    }
    const targetType = this.check(target, scope)
    const found = functions.get(name)
    return found ? this.#resolve(node, found, [targetType, ...types]) : this.#undeclared(node, name)
  }

  #resolve(node: Call, candidates: readonly Overload[], given: readonly Type[]): Type {
    const { name } = node
    const isMember = node.target !== undefined && !this.#functions.has(node)
    if (name === '_&&_' || name === '_||_') {
      this.#overloads.set(node, candidates)
      for (const [index, type] of given.entries())
        if (!this.#unification.isAssignable(type, boolType))
          return this.#mismatch(node.arguments[index] as Expression, boolType, type)
      return boolType
    }
    const matching: Overload[] = []
    let result: Type | undefined
    for (const candidate of candidates) {
      if (candidate.isMember !== isMember) continue
      const renamed = new Map(
        candidate.typeParameters.map(parameter => [parameter, this.#unification.fresh()]),
      )
      const parameters = candidate.parameters.map(parameter => substituteIn(renamed, parameter))
      if (!this.#unification.areAssignable(given, parameters)) continue
      matching.push(candidate)
      const type = this.#unification.substitute(substituteIn(renamed, candidate.result))
      if (!result) result = type
      else if (!isDyn(result) && !sameType(type, result)) result = dynType
    }
    if (!result) {
      const shown = given.map(type => formatType(this.#unification.substitute(type, true)))
      const receiver = isMember ? `${shown.shift()}.` : ''
      const signature = `${receiver}(${shown.join(', ')})`
      const called = this.#functions.has(node) ? (candidates[0]?.name ?? name) : name
      return this.#report(node, `found no matching overload for '${called}' applied to '${signature}'`)
    }
    this.#overloads.set(node, matching)
    return result
  }

  #list(node: Extract<Expression, { kind: 'list' }>, scope: Scope<Type>): Type {
    let joined: Type | undefined
    for (const [index, element] of node.elements.entries()) {
      const type = this.check(element, scope)
      joined = this.#join(element, joined, node.optional.has(index) ? this.#unwrap(element, type) : type)
    }
    return listOf(joined ?? this.#unification.fresh())
  }

  #map(node: Extract<Expression, { kind: 'map' }>, scope: Scope<Type>): Type {
    let keys: Type | undefined
    let values: Type | undefined
    for (const { key, value, optional } of node.entries) {
      keys = this.#join(key, keys, this.check(key, scope))
      const type = this.check(value, scope)
      values = this.#join(value, values, optional ? this.#unwrap(value, type) : type)
    }
    return mapOf(keys ?? this.#unification.fresh(), values ?? this.#unification.fresh())
  }

  #unwrap(node: Expression, type: Type): Type {
    if (isOptional(type)) return unwrapped(type)
    if (!isDyn(type)) this.#mismatch(node, optionalOf(type), type)
    return type
  }

  /** Elements of one literal have one type, but for those that are formatted. */
  #join(node: Expression, previous: Type | undefined, current: Type): Type {
    if (!previous) return current
    if (this.#unification.isAssignable(previous, current)) return mostGeneral(previous, current)
    return this.#formats > 0 ? dynType : this.#mismatch(node, previous, current)
  }

  #object(node: Extract<Expression, { kind: 'object' }>, scope: Scope<Type>): Type {
    const type = this.#environment.objects?.(node.name)
    if (!type && (typeIdentifiers.has(node.name) || longTypeIdentifiers.has(node.name)))
      return this.#report(node, `'${node.name}' is not a message type`)
    if (!type) return this.#undeclared(node, node.name)
    for (const { name, value, optional, offset } of node.fields) {
      const given = this.check(value, scope)
      const found = optional ? this.#unwrap(value, given) : given
      const field = type.fields?.get(name)
      if (!field) this.#report({ offset }, `undefined field '${name}'`)
      else if (!this.#unification.isAssignable(field.type, found)) {
        const [wanted, actual] = [field.type, found].map(shown =>
          formatType(this.#unification.substitute(shown)),
        )
        this.#report(
          { offset },
          `expected type of field '${name}' is '${wanted}' but provided type is '${actual}'`,
        )
      }
    }
    return type
  }

  #comprehension(node: Comprehension, scope: Scope<Type>): Type {
    const rangeNode = this.check(node.range, scope)
    const accumulated = this.check(node.initial, scope)
    const range = this.#unification.substitute(rangeNode)
    const outer = scope.with([node.accumulator, accumulated])
    const [first, second] = this.#elementTypes(node, range)
    const inner = outer.with(
      [node.variable, first],
      ...(node.variable2 === undefined ? [] : [[node.variable2, second] as const]),
    )
    this.#assert(node.condition, boolType, inner)
    this.#assert(node.step, accumulated, inner)
    return this.#unification.substitute(this.check(node.result, outer))
  }

  #elementTypes(node: Comprehension, range: Type): readonly [Type, Type] {
    const isTwo = node.variable2 !== undefined
    switch (range.kind) {
      case 'list':
        return isTwo ? [intType, parameterOf(range, 0)] : [parameterOf(range, 0), dynType]
      case 'map':
        return [parameterOf(range, 0), parameterOf(range, 1)]
      case 'dyn':
      case 'error':
      case 'parameter':
        this.#unification.isAssignable(dynType, range)
        return [dynType, dynType]
      default:
        this.#report(
          node.range,
          `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        )
        return [errorType, errorType]
    }
  }

  #assert(node: Expression, expected: Type, scope: Scope<Type>): void {
    const actual = this.check(node, scope)
    if (!this.#unification.isAssignable(expected, actual)) this.#mismatch(node, expected, actual)
  }
}
