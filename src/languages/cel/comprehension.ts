import type { Compiler } from './compile.ts'
import { CostExceeded, EvaluationError, noSuchOverload } from './cel-error.ts'
import { charge, type Evaluation, type Step } from './evaluation.ts'
import type { Scope } from './scope.ts'
import type { Comprehension, Expression } from './syntax.ts'
import { ArrayList, EntryMap, List, Mapping, type Value } from './value.ts'

interface Loop {
  readonly predicate: Step | undefined
  readonly transform: Step | undefined
  /** Where the first variable is. */
  readonly keySlot: number
  /** Calls `visit` for each element with its variables set, until it returns true. */
  each(evaluation: Evaluation, visit: () => boolean): void
}

/** The loops of macros; what each round costs is what the specification's expansion of the macro costs. */
export function compileComprehension(compiler: Compiler, node: Comprehension, slots: Scope<number>): Step {
  if (node.macro === 'bind') return bind(compiler, node, slots)
  const loop = loopOf(compiler, node, slots)
  switch (node.macro) {
    case 'all':
      return quantifier(loop, { decisive: false, roundCost: 2 })
    case 'exists':
      return quantifier(loop, { decisive: true, roundCost: 3 })
    case 'exists_one':
      return existsOne(loop)
    case 'collect':
      return collect(loop, node.transform && isConstant(compiler, node.transform) ? 2 : 12)
    case 'collectMap':
      return collectMap(loop)
    case 'collectEntries':
      return collectEntries(loop)
  }
}

const isConstant = (compiler: Compiler, node: Expression): boolean => compiler.constantOf(node) !== undefined

function bind(compiler: Compiler, node: Comprehension, slots: Scope<number>): Step {
  const slot = compiler.newSlot()
  const initial = compiler.compile(node.initial, slots)
  const result = compiler.compile(node.result, slots.with([node.accumulator, slot]))
  return evaluation => {
    evaluation.slots[slot] = initial(evaluation)
    return result(evaluation)
  }
}

function loopOf(compiler: Compiler, node: Comprehension, slots: Scope<number>): Loop {
  const range = compiler.compile(node.range, slots)
  const [first, second] = [compiler.newSlot(), compiler.newSlot()]
  const inner = slots.with(
    [node.variable, first],
    ...(node.variable2 === undefined ? [] : [[node.variable2, second] as const]),
  )
  const step = (part: Expression | undefined) => part && compiler.compile(part, inner)
  const isTwo = node.variable2 !== undefined
  return {
    predicate: step(node.predicate),
    transform: step(node.transform),
    keySlot: first,
    each(evaluation, visit) {
      const { slots: values } = evaluation
      const over = range(evaluation)
      if (over instanceof List) {
        const { size } = over
        for (let i = 0; i < size; i++) {
          values[first] = isTwo ? BigInt(i) : over.at(i)
          if (isTwo) values[second] = over.at(i)
          if (visit()) return
        }
      } else if (over instanceof Mapping) {
        for (const key of over.keys()) {
          values[first] = key
          if (isTwo) values[second] = over.get(key) as Value
          if (visit()) return
        }
      } else throw noSuchOverload()
    },
  }
}

/** all and exists: errors do not count when another element decides. */
function quantifier(loop: Loop, { decisive, roundCost }: { decisive: boolean; roundCost: number }): Step {
  const predicate = loop.predicate as Step
  return evaluation => {
    let problem: unknown
    let isDecided = false
    loop.each(evaluation, () => {
      charge(evaluation, roundCost)
      if (isDecided) return true
      charge(evaluation, 1)
      try {
        const value = predicate(evaluation)
        if (value === decisive) isDecided = true
        else if (typeof value !== 'boolean') problem ??= noSuchOverload()
      } catch (error) {
        if (error instanceof CostExceeded) throw error
        problem ??= error
      }
      return false
    })
    charge(evaluation, 1)
    if (isDecided) return decisive
    if (problem !== undefined) throw problem
    return !decisive
  }
}

function holds(predicate: Step | undefined, evaluation: Evaluation): boolean {
  if (!predicate) return true
  const value = predicate(evaluation)
  if (typeof value !== 'boolean') throw noSuchOverload()
  return value
}

function existsOne(loop: Loop): Step {
  return evaluation => {
    let count = 0
    loop.each(evaluation, () => {
      if (holds(loop.predicate, evaluation)) {
        count++
        charge(evaluation, 2)
      }
      return false
    })
    charge(evaluation, 2)
    return count === 1
  }
}

function collect(loop: Loop, roundCost: number): Step {
  const transform = loop.transform as Step
  return evaluation => {
    const items: Value[] = []
    loop.each(evaluation, () => {
      if (holds(loop.predicate, evaluation)) {
        items.push(transform(evaluation))
        charge(evaluation, roundCost)
      }
      return false
    })
    charge(evaluation, 1)
    return new ArrayList(items)
  }
}

function insert(map: EntryMap, key: Value, value: Value): void {
  if (!map.add(key, value)) throw new EvaluationError(`insert failed: key ${String(key)} already exists`)
}

function collectMap(loop: Loop): Step {
  const transform = loop.transform as Step
  return evaluation => {
    const map = new EntryMap()
    loop.each(evaluation, () => {
      if (holds(loop.predicate, evaluation)) {
        insert(map, evaluation.slots[loop.keySlot] as Value, transform(evaluation))
        charge(evaluation, 3)
      }
      return false
    })
    charge(evaluation, 1)
    return map
  }
}

function collectEntries(loop: Loop): Step {
  const transform = loop.transform as Step
  return evaluation => {
    const map = new EntryMap()
    loop.each(evaluation, () => {
      if (holds(loop.predicate, evaluation)) {
        const entries = transform(evaluation)
        if (!(entries instanceof Mapping)) throw noSuchOverload()
        for (const key of entries.keys()) insert(map, key, entries.get(key) as Value)
        charge(evaluation, 2)
      }
      return false
    })
    charge(evaluation, 1)
    return map
  }
}
