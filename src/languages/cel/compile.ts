import { CostExceeded, EvaluationError, noSuchOverload } from './cel-error.ts'
import type { Checked } from './checker.ts'
import { compileComprehension } from './comprehension.ts'
import { ConstructedObject } from './constructed-object.ts'
import type { Environment } from './environment.ts'
import { charge, type Step } from './evaluation.ts'
import { dispatch, type Overload } from './overload.ts'
import { nameOf } from './parser.ts'
import { callCost } from './runtime-cost.ts'
import { Scope } from './scope.ts'
import { selectField, selectIndex, selectOptional } from './selection.ts'
import type { Call, Expression } from './syntax.ts'
import { ArrayList, EntryMap, Mapping, Optional, TypeValue, type Value } from './value.ts'

const LIST_COST = 10
const MAP_COST = 30
const OBJECT_COST = 40

/** Functions that are evaluated before the program runs, where their argument is known. */
const conversions = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
])

/** A program's steps, the slots it needs, and which variables of the environment go where. */
export interface Compiled {
  readonly run: Step
  readonly slotCount: number
  readonly inputs: readonly (readonly [name: string, slot: number])[]
}

/** Makes closures of a checked expression. Costs are counted as cel-go's interpreter does. */
export function compileSteps(expression: Expression, checked: Checked, environment: Environment): Compiled {
  const names = [...checked.references]
  const inputs = names.map((name, slot) => [name, slot] as const)
  const compiler = new Compiler(checked, environment, names.length)
  const run = compiler.compile(expression, new Scope(new Map(inputs)))
  return { run, slotCount: compiler.slotCount, inputs }
}

type Slots = Scope<number>

/** Turns nodes into steps. */
export class Compiler {
  readonly #checked: Checked
  readonly #environment: Environment
  slotCount: number

  constructor(checked: Checked, environment: Environment, slotCount: number) {
    this.#checked = checked
    this.#environment = environment
    this.slotCount = slotCount
  }

  newSlot(): number {
    return this.slotCount++
  }

  compile(node: Expression, slots: Slots): Step {
    const constant = this.constantOf(node)
    if (constant !== undefined) return () => constant
    switch (node.kind) {
      case 'literal':
        return () => node.value
      case 'list':
        return this.#list(node, slots)
      case 'map':
        return this.#map(node, slots)
      case 'comprehension':
        return compileComprehension(this, node, slots)
      case 'object':
        return this.#object(node, slots)
      case 'identifier':
      case 'select':
        break
      case 'call':
        if (!isAttribute(node)) return this.#call(node, slots)
    }
    const step = this.attribute(node, slots)
    if (!step) throw new Error(`no step for ${node.kind}`)
    const base = baseCost(node)
    if (base === 0) return step
    return evaluation => {
      charge(evaluation, base)
      return step(evaluation)
    }
  }

  /** Steps of variables, selections and choices without the cost of their beginning; undefined for all else. */
  attribute(node: Expression, slots: Slots): Step | undefined {
    const name = nameOf(node)
    if (name !== undefined) {
      const slot = slots.find(name.startsWith('.') ? name.slice(1) : name)
      if (slot !== undefined) return variable(name, slot)
    }
    if (node.kind === 'select') return this.#select(node, slots)
    if (node.kind !== 'call') return undefined
    const [first, second, third] = node.arguments
    switch (node.name) {
      case '_?_:_':
        return this.#conditional([first, second, third] as [Expression, Expression, Expression], slots)
      case '_?._':
      case '_[_]':
      case '_[?_]': {
        const operand = this.#operand(first as Expression, slots)
        const index = this.#operand(second as Expression, slots)
        const select = node.name === '_[_]' ? selectIndex : selectOptional
        const isCertain = node.name === '_[_]'
        return evaluation => {
          const value = operand(evaluation)
          const found = select(value, index(evaluation))
          // What is not there costs nothing.
          if (isCertain || found !== Optional.none) charge(evaluation, 1)
          return found
        }
      }
      default:
        return undefined
    }
  }

  /** The value of what is known before evaluation, which costs nothing then: literals, types, and lists and maps of them. */
  constantOf(node: Expression): Value | undefined {
    const typeName = this.#checked.typeNames.get(node)
    if (typeName !== undefined) return new TypeValue(typeName)
    switch (node.kind) {
      case 'literal':
        return node.value
      case 'list': {
        if (node.optional.size > 0) return undefined
        const items = node.elements.map(element => this.constantOf(element))
        return items.every(item => item !== undefined) ? new ArrayList(items) : undefined
      }
      case 'map': {
        const map = new EntryMap()
        for (const { key, value, optional } of node.entries) {
          const [constantKey, constantValue] = [this.constantOf(key), this.constantOf(value)]
          if (optional || constantKey === undefined || constantValue === undefined) return undefined
          if (!map.add(constantKey, constantValue)) return undefined
        }
        return map
      }
      case 'call':
        return this.#convertedConstant(node)
      default:
        return undefined
    }
  }

  /** Conversions of literals happen once. Throws EvaluationError where they fail. */
  #convertedConstant(node: Call): Value | undefined {
    const [argument] = node.arguments
    if (node.target || !argument || node.arguments.length > 1 || !conversions.has(node.name)) return undefined
    const value = this.constantOf(argument)
    if (value === undefined) return undefined
    return dispatch(this.#checked.overloads.get(node) ?? [], [value]).call(value)
  }

  /** What is selected from: its beginning costs when the whole selection is done. */
  #operand(node: Expression, slots: Slots): Step {
    return this.attribute(node, slots) ?? this.compile(node, slots)
  }

  #select(node: Extract<Expression, { kind: 'select' }>, slots: Slots): Step {
    const operand = this.#operand(node.operand, slots)
    const { field, testOnly } = node
    if (testOnly)
      return evaluation => {
        const value = operand(evaluation)
        charge(evaluation, 1)
        const holder = value instanceof Optional ? value.value : value
        if (holder === undefined) return false
        if (!(holder instanceof Mapping)) throw noSuchOverload()
        return holder.get(field) !== undefined
      }
    return evaluation => {
      const value = operand(evaluation)
      charge(evaluation, 1)
      return selectField(value, field)
    }
  }

  #conditional([condition, then, otherwise]: [Expression, Expression, Expression], slots: Slots): Step {
    const test = this.compile(condition, slots)
    const [whenTrue, whenFalse] = [this.#operand(then, slots), this.#operand(otherwise, slots)]
    return evaluation => {
      const chosen = test(evaluation)
      if (typeof chosen !== 'boolean') throw noSuchOverload()
      return chosen ? whenTrue(evaluation) : whenFalse(evaluation)
    }
  }

  #list({ elements, optional }: Extract<Expression, { kind: 'list' }>, slots: Slots): Step {
    const steps = elements.map(element => this.compile(element, slots))
    return evaluation => {
      const items: Value[] = []
      for (const [index, step] of steps.entries()) {
        const value = step(evaluation)
        if (!optional.has(index)) items.push(value)
        else if (!(value instanceof Optional)) throw noSuchOverload()
        else if (value.value !== undefined) items.push(value.value)
      }
      charge(evaluation, LIST_COST)
      return new ArrayList(items)
    }
  }

  #map({ entries }: Extract<Expression, { kind: 'map' }>, slots: Slots): Step {
    const steps = entries.map(({ key, value, optional }) => ({
      key: this.compile(key, slots),
      value: this.compile(value, slots),
      optional,
    }))
    return evaluation => {
      const map = new EntryMap()
      for (const step of steps) {
        const key = step.key(evaluation)
        let value: Value | undefined = step.value(evaluation)
        if (step.optional) {
          if (!(value instanceof Optional)) throw noSuchOverload()
          value = value.value
          if (value === undefined) continue
        }
        if (!map.add(key, value)) throw new EvaluationError(`Failed with repeated key`)
      }
      charge(evaluation, MAP_COST)
      return map
    }
  }

  #object({ name, fields }: Extract<Expression, { kind: 'object' }>, slots: Slots): Step {
    const steps = fields.map(field => ({ ...field, value: this.compile(field.value, slots) }))
    return evaluation => {
      const values = new Map<string, Value>()
      for (const { name: field, value: step, optional } of steps) {
        const value = step(evaluation)
        if (!optional) values.set(field, value)
        else if (!(value instanceof Optional)) throw noSuchOverload()
        else if (value.value !== undefined) values.set(field, value.value)
      }
      charge(evaluation, OBJECT_COST)
      return new ConstructedObject(name, values)
    }
  }

  #call(node: Call, slots: Slots): Step {
    const { name, target, arguments: given } = node
    const isFunction = !target || this.#checked.functions.has(node)
    const nodes = isFunction ? given : [target, ...given]
    if (name === '_&&_' || name === '_||_')
      return logical(nodes.map(argument => this.compile(argument, slots)) as [Step, Step], name === '_||_')
    const candidates = this.#checked.overloads.get(node) ?? []
    const items = name === '@in' && given[1] ? this.constantOf(given[1]) : undefined
    const steps = nodes.map(argument => this.compile(argument, slots))
    if (candidates[0]?.id.startsWith('optional_or')) return alternative(steps as [Step, Step], candidates[0])
    // cel-go looks constants up in a set, and counts nothing for that.
    if (items instanceof ArrayList) return membership(steps[0] as Step, steps[1] as Step, candidates)
    // A known candidate per name is the usual case; the environment has the others for values of unknown type.
    return callOf(steps, candidates.length > 0 ? candidates : (this.#environment.functions.get(name) ?? []))
  }
}

function variable(name: string, slot: number): Step {
  return ({ slots }) => {
    const value = slots[slot]
    if (value === undefined) throw new EvaluationError(`no such attribute(s): ${name}`)
    return value
  }
}

/** Selections and choices, which cel-go evaluates as one thing. */
const isAttribute = (node: Call): boolean =>
  node.name === '_?_:_' || node.name === '_[_]' || node.name === '_[?_]' || node.name === '_?._'

/** A selection costs one more than its steps, but for tests of presence and selections from a choice. */
function baseCost(node: Expression): number {
  if (node.kind === 'select') return node.testOnly ? 0 : baseCost(node.operand)
  if (node.kind !== 'call' || !isAttribute(node)) return 1
  return node.name === '_?_:_' ? 0 : baseCost(node.arguments[0] as Expression)
}

function callOf(steps: readonly Step[], candidates: readonly Overload[]): Step {
  const costs = new Map(candidates.map(candidate => [candidate, callCost(candidate)]))
  const [first, second] = steps
  const apply = (given: readonly Value[], evaluation: Parameters<Step>[0]) => {
    const overload = dispatch(candidates, given)
    const result = overload.call(...given)
    const cost = costs.get(overload) ?? 1
    charge(evaluation, typeof cost === 'number' ? cost : cost(given, result))
    return result
  }
  if (first && steps.length === 1) return evaluation => apply([first(evaluation)], evaluation)
  if (first && second && steps.length === 2)
    return evaluation => apply([first(evaluation), second(evaluation)], evaluation)
  return evaluation =>
    apply(
      steps.map(step => step(evaluation)),
      evaluation,
    )
}

function membership(item: Step, list: Step, candidates: readonly Overload[]): Step {
  return evaluation => {
    const given = [item(evaluation), list(evaluation)]
    return dispatch(candidates, given).call(...given)
  }
}

/** `optional.or(…)` and `orValue(…)`: the alternative is evaluated where it is needed, and the choice costs nothing. */
function alternative([optional, otherwise]: readonly [Step, Step], { name }: Overload): Step {
  return evaluation => {
    const value = optional(evaluation)
    if (!(value instanceof Optional)) throw noSuchOverload()
    if (value.value === undefined) return otherwise(evaluation)
    return name === 'or' ? value : value.value
  }
}

/** `&&` and `||`: an error on one side does not count when the other side decides. */
function logical([left, right]: readonly [Step, Step], decisive: boolean): Step {
  return evaluation => {
    let problem: unknown
    try {
      const first = left(evaluation)
      if (first === decisive) return decisive
      if (typeof first !== 'boolean') problem = noSuchOverload()
    } catch (error) {
      if (error instanceof CostExceeded) throw error
      problem = error
    }
    const second = right(evaluation)
    if (second === decisive) return decisive
    if (problem !== undefined) throw problem
    if (typeof second !== 'boolean') throw noSuchOverload()
    return second
  }
}
