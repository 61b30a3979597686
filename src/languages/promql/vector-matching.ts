import type { Operation } from './arithmetic.ts'
import type { Evaluation } from './evaluation.ts'
import { Labels, METRIC_NAME } from './labels.ts'
import type { SetOperator, VectorMatching } from './syntax.ts'
import { EvaluationError, hasAny, mergeDuplicates, newSeries, type VectorSeries } from './value.ts'

/** What two series must share to match: the key of the labels that count. */
function signatures(matching: VectorMatching): (series: VectorSeries) => string {
  const names = new Set(matching.labels)
  if (matching.on) return series => series.labels.keyOf(names, true)
  names.add(METRIC_NAME)
  return series => series.labels.keyOf(names, false)
}

function groupBy(
  list: readonly VectorSeries[],
  keyOf: (series: VectorSeries) => string,
): Map<string, VectorSeries[]> {
  const groups = new Map<string, VectorSeries[]>()
  for (const series of list) {
    const key = keyOf(series)
    const group = groups.get(key)
    if (group) group.push(series)
    else groups.set(key, [series])
  }
  return groups
}

/** At which steps at least one of the series has a value. */
function presence(list: readonly VectorSeries[], steps: number): Uint8Array {
  if (list.length === 1 && list[0]) return list[0].present
  const present = new Uint8Array(steps)
  for (const series of list) for (let i = 0; i < steps; i++) present[i] ||= series.present[i] ?? 0
  return present
}

function masked(series: VectorSeries, keep: (step: number) => boolean): VectorSeries {
  const present = series.present.map((value, step) => (value && keep(step) ? 1 : 0))
  return { ...series, present }
}

export interface Sides {
  left: VectorSeries[]
  right: VectorSeries[]
}

/** `and`, `or` and `unless`. */
export function combineSets(
  evaluation: Evaluation,
  operator: SetOperator,
  matching: VectorMatching,
  { left, right }: Sides,
): VectorSeries[] {
  const { steps } = evaluation
  const keyOf = signatures(matching)
  const [filtered, others] = operator === 'or' ? [right, left] : [left, right]
  const present = new Map<string, Uint8Array>()
  for (const [key, group] of groupBy(others, keyOf)) present.set(key, presence(group, steps))
  const wanted = operator === 'and' ? 1 : 0
  const kept = filtered
    .map(series => {
      const other = present.get(keyOf(series))
      return masked(series, step => (other?.[step] ?? 0) === wanted)
    })
    .filter(hasAny)
  return operator === 'or' ? [...left, ...kept] : kept
}

interface Group {
  series: VectorSeries[]
  /** For one-to-one matching: the steps that already have a result. */
  taken: Uint8Array
}

/** Arithmetic and comparison between series that match, one to one or many to one. */
export function combineVectors(
  evaluation: Evaluation,
  operation: Operation & { returnBool: boolean },
  matching: VectorMatching,
  { left, right }: Sides,
): VectorSeries[] {
  const { steps, query } = evaluation
  const swapped = matching.cardinality === 'one-to-many'
  const [many, one] = swapped ? [right, left] : [left, right]
  const keyOf = signatures(matching)
  const groups = new Map<string, Group>()
  for (const [key, series] of groupBy(one, keyOf)) {
    if (series.length > 1) refuseDuplicates(series, { matching, many, swapped, steps })
    groups.set(key, { series, taken: new Uint8Array(matching.cardinality === 'one-to-one' ? steps : 0) })
  }
  const filters = operation.isComparison && !operation.returnBool
  const labelsOf = resultLabels(matching, operation.isComparison)
  const dropName = operation.returnBool && query.delayedNameRemoval
  const result: VectorSeries[] = []
  for (const each of many) {
    const group = groups.get(keyOf(each))
    if (!group) continue
    query.charge(steps * group.series.length)
    for (const other of group.series) {
      const labels = labelsOf(each.labels, other.labels)
      const nameless = operation.returnBool && !query.delayedNameRemoval ? labels.dropName() : labels
      const output = newSeries(nameless, dropName || each.dropName, steps)
      const [a, b] = swapped ? [other, each] : [each, other]
      for (let step = 0; step < steps; step++) {
        if (!a.present[step] || !b.present[step]) continue
        const [x, y] = [a.values[step] ?? 0, b.values[step] ?? 0]
        if (filters && !operation.keeps(x, y)) continue
        if (group.taken[step])
          throw new EvaluationError(
            'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
          )
        if (group.taken.length > 0) group.taken[step] = 1
        output.values[step] = filters ? x : operation.value(x, y)
        output.present[step] = 1
      }
      if (hasAny(output)) result.push(output)
    }
  }
  return mergeDuplicates(result, 'multiple matches for labels: grouping labels must ensure unique matches')
}

/** Only one series of the "one" side may have a value at a step, if there is anything to match at all. */
function refuseDuplicates(
  list: readonly VectorSeries[],
  context: { matching: VectorMatching; many: readonly VectorSeries[]; swapped: boolean; steps: number },
): void {
  const { matching, many, swapped, steps } = context
  for (let step = 0; step < steps; step++) {
    const present = list.filter(series => series.present[step])
    const [first, second] = present
    if (!first || !second || !many.some(series => series.present[step])) continue
    const names = new Set(matching.labels)
    const group = matching.on ? first.labels.keep(names) : first.labels.drop(names).dropName()
    const side = swapped ? 'left' : 'right'
    throw new EvaluationError(
      `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ` +
        `[${second.labels}, ${first.labels}];many-to-many matching not allowed: matching labels must be unique on one side`,
    )
  }
}

/** The labels of a result: those of the "many" side, reduced to what was matched on, with what `group_x` includes. */
function resultLabels(
  matching: VectorMatching,
  isComparison: boolean,
): (many: Labels, one: Labels) => Labels {
  const names = new Set(matching.labels)
  return (many, one) => {
    let labels = isComparison ? many : many.dropName()
    if (matching.cardinality === 'one-to-one') labels = matching.on ? labels.keep(names) : labels.drop(names)
    for (const name of matching.include) labels = labels.set(name, one.get(name))
    return labels.pairs.length === 0 ? Labels.empty : labels
  }
}
