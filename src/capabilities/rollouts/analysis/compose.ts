import type { AnalysisRunSpec } from '../kinds/generated/analysis-run.ts'
import type { AnalysisTemplateSpec } from '../kinds/generated/analysis-template.ts'
import { type Argument, ArgumentError, mergeArguments } from './arguments.ts'

export interface TemplateRef {
  templateName?: string | undefined
  clusterScope?: boolean | undefined
}

/** Finds a template's spec by name; undefined where there is none. */
export type FindTemplate = (ref: { name: string; clusterScope: boolean }) => AnalysisTemplateSpec | undefined

/** Templates refer to each other at most so deep. */
const MAX_DEPTH = 10

/** The specs of templates and of those that they compose, each once. Throws ArgumentError for one that does not exist. */
export function collectTemplates(refs: readonly TemplateRef[], find: FindTemplate): AnalysisTemplateSpec[] {
  const found = new Map<string, AnalysisTemplateSpec>()
  const visit = (ref: TemplateRef, depth: number): void => {
    const name = ref.templateName ?? ''
    const clusterScope = ref.clusterScope ?? false
    const label = `${clusterScope ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate'} "${name}"`
    if (found.has(label)) return
    if (depth > MAX_DEPTH)
      throw new ArgumentError(`${label}: templates are nested more than ${MAX_DEPTH} deep`)
    const spec = find({ name, clusterScope })
    if (!spec) throw new ArgumentError(`${label} not found`)
    found.set(label, spec)
    for (const inner of spec.templates ?? []) visit(inner, depth + 1)
  }
  for (const ref of refs) visit(ref, 0)
  return [...found.values()]
}

/** The spec of a run that measures all metrics of its templates with the given arguments. Throws ArgumentError. */
export function composeRun(
  templates: readonly AnalysisTemplateSpec[],
  analysis: {
    args: readonly Argument[]
    dryRun?: AnalysisRunSpec['dryRun']
    measurementRetention?: AnalysisRunSpec['measurementRetention']
  },
): AnalysisRunSpec {
  const metrics = templates.flatMap(template => template.metrics ?? [])
  const names = metrics.map(metric => metric.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ArgumentError(`two metrics have the same name "${twice}"`)
  if (metrics.length === 0) throw new ArgumentError('the templates have no metrics')
  const dryRun = [...(analysis.dryRun ?? []), ...templates.flatMap(template => template.dryRun ?? [])]
  const retention = [
    ...(analysis.measurementRetention ?? []),
    ...templates.flatMap(template => template.measurementRetention ?? []),
  ]
  return {
    metrics,
    args: mergeArguments(analysis.args, declaredArguments(templates)),
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(retention.length > 0 ? { measurementRetention: retention } : {}),
  }
}

function declaredArguments(templates: readonly AnalysisTemplateSpec[]): Argument[] {
  const declared = new Map<string, Argument>()
  for (const argument of templates.flatMap(template => template.args ?? [])) {
    const known = declared.get(argument.name)
    if (known?.value !== undefined && argument.value !== undefined && known.value !== argument.value)
      throw new ArgumentError(`argument "${argument.name}" has different values in the templates`)
    if (!known || known.value === undefined) declared.set(argument.name, argument)
  }
  return [...declared.values()]
}
