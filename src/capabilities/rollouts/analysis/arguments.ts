import type { Rollout } from '../kinds/generated/rollout.ts'

/** An argument cannot be given a value; the message names it. */
export class ArgumentError extends Error {
  override name = 'ArgumentError'
}

/** An argument of an AnalysisRun: a value, or where the value comes from. */
export interface Argument {
  name: string
  value?: string | undefined
  valueFrom?:
    | {
        fieldRef?: { fieldPath: string } | undefined
        secretKeyRef?: { name: string; key: string } | undefined
        podTemplateHashValue?: string | undefined
      }
    | undefined
}

/** What arguments of a Rollout's analysis can refer to. */
export interface ArgumentSource {
  rollout: Rollout
  latestHash: string
  stableHash: string
}

/** Gives the arguments of a Rollout's analysis their values; references to Secrets stay for the run to read. */
export function resolveArguments(args: readonly Argument[], source: ArgumentSource): Argument[] {
  return args.map(({ name, value, valueFrom }) => {
    if (valueFrom?.podTemplateHashValue !== undefined)
      return {
        name,
        value: valueFrom.podTemplateHashValue === 'Stable' ? source.stableHash : source.latestHash,
      }
    if (valueFrom?.fieldRef)
      return { name, value: fieldValue(source.rollout, valueFrom.fieldRef.fieldPath, name) }
    return valueFrom ? { name, valueFrom } : { name, value }
  })
}

/** Follows `metadata.labels['region']` or `spec.template.spec.containers[0].image`. */
function fieldValue(object: unknown, path: string, name: string): string {
  const parts = [...path.matchAll(/\['([^']*)'\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, word]) => quoted ?? index ?? word ?? '',
  )
  let value: unknown = object
  for (const part of parts)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined
  if (value === undefined || value === null || typeof value === 'object')
    throw new ArgumentError(`argument "${name}": the Rollout has no value at ${path}`)
  return String(value)
}

/** The arguments that templates declare, with the given values put in. Extra given ones are left out, as upstream does. */
export function mergeArguments(given: readonly Argument[], declared: readonly Argument[]): Argument[] {
  return declared.map(argument => {
    const override = given.find(candidate => candidate.name === argument.name)
    const merged = override && (override.value !== undefined || override.valueFrom) ? override : argument
    if (merged.value === undefined && !merged.valueFrom)
      throw new ArgumentError(`args.${argument.name} was not resolved`)
    return merged
  })
}

const placeholder = /\{\{([^{}]*)\}\}/g

/** Replaces `{{args.NAME}}` in every string of a value. Throws ArgumentError for what has no value. */
export function substitute<T>(value: T, values: ReadonlyMap<string, string>): T {
  if (typeof value === 'string')
    // A string stays a string.
    return value.replace(placeholder, (whole, inner: string) => {
      const name = inner.trim()
      if (!name.startsWith('args.')) throw new ArgumentError(`failed to resolve ${whole}`)
      const found = values.get(name.slice('args.'.length))
      if (found === undefined) throw new ArgumentError(`failed to resolve ${whole}`)
      return found
    }) as T
  if (Array.isArray(value)) return value.map(item => substitute(item, values)) as T
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, substitute(item, values)]),
    ) as T
  return value
}
