import { expand } from '../re2/expand.ts'
import { compile, type Pattern } from '../re2/pattern.ts'
import { PatternError } from '../re2/pattern-error.ts'
import type { CallContext, PromFunction } from './call-context.ts'
import { quote } from './format.ts'
import { compareLabels, METRIC_NAME } from './labels.ts'
import { isLabelName } from './string-literal.ts'
import { EvaluationError, mergeDuplicates, type VectorSeries, type VectorValue } from './value.ts'

/** A series with one label set; a name that is set applies again. */
const withLabel = (series: VectorSeries, name: string, value: string): VectorSeries => ({
  ...series,
  labels: series.labels.set(name, value),
  dropName: name === METRIC_NAME ? false : series.dropName,
})

function labelReplace(context: CallContext): VectorValue {
  const [target, template, source, pattern] = [1, 2, 3, 4].map(index => context.string(index))
  if (target === undefined || template === undefined || source === undefined || pattern === undefined)
    throw new EvaluationError('label_replace() takes four strings')
  let compiled: Pattern
  try {
    compiled = compile(pattern, { flags: 's' })
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new EvaluationError(`invalid regular expression in label_replace(): ${pattern}`, { cause: error })
  }
  if (!isLabelName(target))
    throw new EvaluationError(`invalid destination label name in label_replace(): ${quote(target)}`)
  const series = context.vector(0).map(one => {
    const match = compiled.findFull(one.labels.get(source))
    return match ? withLabel(one, target, expand(template, match)) : one
  })
  return { type: 'vector', series: mergeDuplicates(series) }
}

function labelJoin(context: CallContext): VectorValue {
  const [target = '', separator = '', ...sources] = context.node.args
    .slice(1)
    .map((_, index) => context.string(index + 1))
  for (const source of sources)
    if (!isLabelName(source))
      throw new EvaluationError(`invalid source label name in label_join(): ${quote(source)}`)
  if (!isLabelName(target))
    throw new EvaluationError(`invalid destination label name in label_join(): ${quote(target)}`)
  const series = context
    .vector(0)
    .map(one => withLabel(one, target, sources.map(source => one.labels.get(source)).join(separator)))
  return { type: 'vector', series: mergeDuplicates(series) }
}

/** Sorting only shows in instant queries: a range is always ordered by labels. */
function sorted(compare: (a: VectorSeries, b: VectorSeries, context: CallContext) => number): PromFunction {
  return context => {
    const { query } = context.evaluation
    const series = context.vector(0)
    if (!query.isInstant) {
      query.annotations.warn(
        context.node,
        'sort is ineffective for range queries since results are always ordered by labels',
      )
      return { type: 'vector', series }
    }
    return { type: 'vector', series: series.toSorted((a, b) => compare(a, b, context)) }
  }
}

/** By value, NaN last in both directions. */
function byValue(direction: 1 | -1): PromFunction {
  return sorted((a, b) => {
    const [left, right] = [a.values[0] ?? 0, b.values[0] ?? 0]
    if (Number.isNaN(left) || Number.isNaN(right))
      return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
    return direction * (left < right ? -1 : left > right ? 1 : 0)
  })
}

/** By the named labels in turn, numbers inside them by size; then by all labels. */
function byLabel(direction: 1 | -1): PromFunction {
  return sorted((a, b, context) => {
    for (let index = 1; context.has(index); index++) {
      const name = context.string(index)
      const [left, right] = [a.labels.get(name), b.labels.get(name)]
      if (left !== right) return direction * compareNaturally(left, right)
    }
    return direction * compareLabels(a.labels, b.labels)
  })
}

function compareNaturally(a: string, b: string): number {
  const [left, right] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [one, other] = [left[i] ?? '', right[i] ?? '']
    if (one === other) continue
    if (/^\d/.test(one) && /^\d/.test(other)) {
      const difference = Number(one) - Number(other)
      if (difference !== 0) return difference
      continue
    }
    return one < other ? -1 : 1
  }
  return left.length - right.length || (a < b ? -1 : 1)
}

/** The functions that work on labels or on the order of the result. */
export const labelFunctions: Readonly<Record<string, PromFunction>> = {
  label_replace: labelReplace,
  label_join: labelJoin,
  sort: byValue(1),
  sort_desc: byValue(-1),
  sort_by_label: byLabel(1),
  sort_by_label_desc: byLabel(-1),
}
