import type { Checked } from './checker.ts'
import { nameOf } from './parser.ts'
import type { Environment } from './environment.ts'
import {
  type CallEstimate,
  type EstimatedNode,
  estimateKubernetesCall,
  estimateListCall,
  estimateStandardCall,
  joined,
} from './estimate-call.ts'
import type { Overload } from './overload.ts'
import { anything, exactly, MAX, nothing, plus, type Range, times, union } from './size.ts'
import type { Call, Comprehension, Expression } from './syntax.ts'
import { isOptional, parameterOf, type Type, unwrapped } from './type.ts'
import { costSize } from './value.ts'

/** Where a value comes from: a variable, then fields, `@items`, `@keys` and `@values`. */
type Path = readonly string[]

/** Sizes of what is in a list or map. */
interface EntrySize {
  readonly container: 'list' | 'map'
  readonly key: Range
  readonly value: Range
}

interface Local {
  readonly path: Path
  readonly size: Range | undefined
  readonly entrySize: EntrySize | undefined
}

/** The least and most that evaluating an expression can cost, by the declared sizes of what it reads. */
export function estimateCost(expression: Expression, checked: Checked, environment: Environment): Range {
  return new Estimator(checked, environment).cost(expression)
}

class Estimator {
  readonly #checked: Checked
  readonly #environment: Environment
  readonly #paths = new Map<Expression, Path>()
  readonly #sizes = new Map<Expression, Range>()
  readonly #entrySizes = new Map<Expression, EntrySize>()
  readonly #locals = new Map<string, Local[]>()

  constructor(checked: Checked, environment: Environment) {
    this.#checked = checked
    this.#environment = environment
  }

  cost(node: Expression): Range {
    switch (node.kind) {
      case 'literal':
        return nothing
      case 'object':
        return plus(exactly(40), ...node.fields.map(({ value }) => this.cost(value)))
      case 'identifier':
        this.#paths.set(node, this.#locals.get(node.name)?.at(-1)?.path ?? [node.name])
        return exactly(1)
      case 'select':
        return this.#select(node)
      case 'call':
        return this.#call(node)
      case 'list':
        return this.#list(node)
      case 'map':
        return this.#map(node)
      case 'comprehension':
        return node.macro === 'bind' ? this.#bind(node) : this.#comprehension(node)
    }
  }

  #typeOf(node: Expression): Type {
    // The checker has a type for every node.
    return this.#checked.types.get(node) as Type
  }

  #pathOf(node: Expression): Path {
    const local = node.kind === 'identifier' ? this.#locals.get(node.name)?.at(-1) : undefined
    return local?.path ?? this.#paths.get(node) ?? []
  }

  #select(node: Extract<Expression, { kind: 'select' }>): Range {
    if (this.#checked.typeNames.has(node)) {
      this.#paths.set(node, [node.field])
      return exactly(1)
    }
    // A variable whose name has dots is one thing: the checker did not look at what is in front of them.
    if (!this.#checked.types.has(node.operand)) {
      this.#paths.set(node, [nameOf(node) ?? node.field])
      return exactly(1)
    }
    const operand = this.cost(node.operand)
    if (node.testOnly) return operand
    this.#paths.set(node, [...this.#pathOf(node.operand), node.field])
    const { kind } = this.#typeOf(node.operand)
    return kind === 'map' || kind === 'object' || kind === 'parameter' ? plus(operand, exactly(1)) : operand
  }

  #call(node: Call): Range {
    const { name, target, arguments: given } = node
    const [first, second] = given
    if (name === 'dyn' && !target && first) {
      const cost = this.cost(first)
      this.#copySizes(node, first)
      return plus(exactly(1), cost)
    }
    const costs = given.map(argument => this.cost(argument))
    const isFunction = !target || this.#checked.functions.has(node)
    const receiver = isFunction ? nothing : this.cost(target)
    const overloads = this.#checked.overloads.get(node) ?? []
    if (name === '_?._' || overloads.length === 0)
      return name === '_?._' ? plus(exactly(1), ...costs) : nothing
    const nodes = isFunction ? given : [target, ...given]
    const special = this.#logic(node, costs)
    if (special) return special
    const estimate = joined(overloads.map(overload => this.#callEstimate(overload, node, nodes)))
    let { size } = estimate
    if (first && name === '_[_]' && second) {
      const isList = this.#typeOf(first).kind === 'list'
      size = this.#entrySizeOf(first)?.value
      this.#paths.set(node, [...this.#pathOf(first), isList ? '@items' : '@values'])
    }
    const known = size ?? this.#sizeOf(node)
    if (known) this.#sizes.set(node, known)
    return plus(receiver, ...costs, estimate.cost)
  }

  /** `&&`, `||` and `?:`, which do not evaluate all of their arguments. */
  #logic(node: Call, costs: readonly Range[]): Range | undefined {
    const [first = nothing, second = nothing, third = nothing] = costs
    switch (node.name) {
      case '_&&_':
      case '_||_':
        return { min: first.min, max: plus(first, second).max }
      case '_?_:_': {
        const [, then, otherwise] = node.arguments as [Expression, Expression, Expression]
        this.#sizes.set(node, union(this.#sizeOrUnknown(then), this.#sizeOrUnknown(otherwise)))
        this.#joinEntries(node, then, otherwise)
        return plus(first, union(second, third))
      }
      default:
        return undefined
    }
  }

  #callEstimate(overload: Overload, node: Call, nodes: readonly Expression[]): CallEstimate {
    const given = nodes.map(argument => this.#estimated(argument))
    const [left, right] = nodes
    if (left && right && /^add_(string|bytes|list)$/.test(overload.id)) this.#joinEntries(node, left, right)
    return (
      estimateListCall(overload, given) ??
      estimateKubernetesCall(overload, given) ??
      estimateStandardCall(overload, given)
    )
  }

  #joinEntries(node: Expression, a: Expression, b: Expression): void {
    const [left, right] = [this.#entrySizeOf(a), this.#entrySizeOf(b)]
    if (!left || !right) return
    const [key, value] = [union(left.key, right.key), union(left.value, right.value)]
    this.#entrySizes.set(node, { container: left.container, key, value })
  }

  #estimated(node: Expression): EstimatedNode {
    const path = this.#pathOf(node)
    const isResult = path[0]?.startsWith('@result') ?? false
    return {
      type: this.#typeOf(node),
      size: this.#sizeOrUnknown(node),
      elementSize: this.#declaredSize(isResult || path.length === 0 ? [] : [...path, '@items']) ?? anything,
      literal: node.kind === 'literal' && typeof node.value === 'bigint' ? node.value : undefined,
    }
  }

  #list(node: Extract<Expression, { kind: 'list' }>): Range {
    const costs = node.elements.map(element => this.cost(element))
    const value = this.#unionOf(node.elements)
    this.#entrySizes.set(node, { container: 'list', key: exactly(1), value })
    return plus(exactly(10), ...costs)
  }

  #map(node: Extract<Expression, { kind: 'map' }>): Range {
    const costs = node.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)])
    const key = this.#unionOf(node.entries.map(entry => entry.key))
    const value = this.#unionOf(node.entries.map(entry => entry.value))
    this.#entrySizes.set(node, { container: 'map', key, value })
    return plus(exactly(30), ...costs)
  }

  #unionOf(nodes: readonly Expression[]): Range {
    return nodes.length === 0
      ? nothing
      : nodes.map(node => this.#sizeOrUnknown(node)).reduce(union, { min: MAX, max: 0 })
  }

  #bind(node: Comprehension): Range {
    const before = plus(this.cost(node.range), this.cost(node.initial))
    this.#push(node.accumulator, this.#localOf(node.initial))
    const cost = this.cost(node.result)
    this.#copySizes(node, node.result)
    this.#pop(node.accumulator)
    return plus(before, cost)
  }

  #comprehension(node: Comprehension): Range {
    const before = plus(this.cost(node.range), this.cost(node.initial))
    this.#push(node.accumulator, this.#localOf(node.initial))
    this.#pushVariables(node)
    const round = plus(this.cost(node.condition), this.cost(node.step))
    this.#pop(node.variable)
    if (node.variable2 !== undefined) this.#pop(node.variable2)
    const after = this.cost(node.result)
    const stepEntries = this.#entrySizeOf(node.step)
    this.#pop(node.accumulator)
    const count = this.#sizeOrUnknown(node.range)
    if (node.initial.kind === 'literal') {
      const size = this.#sizeOf(node.initial)
      if (size) this.#sizes.set(node, size)
    } else {
      this.#sizes.set(node, count)
      if (stepEntries) this.#entrySizes.set(node, stepEntries)
    }
    return plus(before, after, times(count, round))
  }

  #pushVariables(node: Comprehension): void {
    const path = this.#pathOf(node.range)
    const entries = this.#entrySizeOf(node.range)
    const isList = (entries?.container ?? this.#typeOf(node.range).kind) === 'list'
    const key: Local = {
      path: [...path, isList ? '@indices' : '@keys'],
      size: entries?.key,
      entrySize: undefined,
    }
    const value: Local = {
      path: [...path, isList ? '@items' : '@values'],
      size: entries?.value,
      entrySize: undefined,
    }
    if (node.variable2 === undefined) this.#push(node.variable, isList ? value : key)
    else {
      this.#push(node.variable, key)
      this.#push(node.variable2, value)
    }
  }

  #localOf(node: Expression): Local {
    return { path: this.#pathOf(node), size: this.#sizeOf(node), entrySize: this.#entrySizeOf(node) }
  }

  #push(name: string, local: Local): void {
    const locals = this.#locals.get(name)
    if (locals) locals.push(local)
    else this.#locals.set(name, [local])
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop()
  }

  #copySizes(to: Expression, from: Expression): void {
    const [size, entries] = [this.#sizeOf(from), this.#entrySizeOf(from)]
    if (size) this.#sizes.set(to, size)
    if (entries) this.#entrySizes.set(to, entries)
  }

  #sizeOrUnknown(node: Expression): Range {
    return this.#sizeOf(node) ?? anything
  }

  #sizeOf(node: Expression): Range | undefined {
    const known = this.#sizes.get(node)
    if (known) return known
    if (node.kind === 'literal') return node.value === null ? exactly(1) : exactly(costSize(node.value))
    if (node.kind === 'list') return exactly(node.elements.length)
    if (node.kind === 'map') return exactly(node.entries.length)
    const declared = this.#declaredSize(this.#pathOf(node))
    if (declared) {
      this.#sizes.set(node, declared)
      return declared
    }
    if (isScalar(this.#typeOf(node))) return exactly(1)
    return node.kind === 'identifier' ? this.#locals.get(node.name)?.at(-1)?.size : undefined
  }

  #entrySizeOf(node: Expression): EntrySize | undefined {
    const known = this.#entrySizes.get(node)
    if (known || node.kind !== 'identifier') return known
    return this.#locals.get(node.name)?.at(-1)?.entrySize
  }

  /** What the schema says that a value may have of elements, bytes or entries. */
  #declaredSize([name, ...steps]: Path): Range | undefined {
    if (name === undefined) return undefined
    const { variables } = this.#environment
    // Upstream reads every path as one into the first variable; what types and unnamed lists cost depends on it.
    const variable = variables.get(name) ?? variables.values().next().value
    let type = variable && unwrapped(variable)
    if (!type) return undefined
    for (const step of steps) {
      type = partOf(type, step)
      if (!type) return undefined
    }
    return { min: 0, max: type.maxElements ?? 0 }
  }
}

function partOf(type: Type, step: string): Type | undefined {
  switch (step) {
    case '@items':
      return type.kind === 'list' ? parameterOf(type, 0) : undefined
    case '@values':
      return type.kind === 'map' ? parameterOf(type, 1) : undefined
    case '@keys':
      return type.kind === 'map' ? parameterOf(type, 0) : undefined
    default:
      return type.fields?.get(step)?.type
  }
}

const scalars = new Set(['bool', 'int', 'uint', 'double', 'timestamp', 'duration'])
const isScalar = (type: Type): boolean =>
  scalars.has(type.kind) || (isOptional(type) && isScalar(parameterOf(type, 0)))
