import { apiServiceName } from '../aggregation/api-service-name.ts'
import type { ServedVersion } from '../aggregation/served-versions.ts'

/** A group with its versions, the preferred one first. */
export interface ServedGroup {
  name: string
  versions: readonly ServedVersion[]
}

/** Preferred first: stable before beta before alpha, higher numbers first, as upstream orders versions. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)]
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0
    if (value !== other) return other - value
  }
  return a < b ? -1 : a > b ? 1 : 0
}

function rank(version: string): number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (!match) return [-1]
  const [, major, stage, minor] = match
  return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor ?? 0)]
}

const byVersion = (a: ServedVersion, b: ServedVersion) =>
  b.priority.version - a.priority.version || compareVersions(a.version, b.version)

/**
 * Groups in the order of the highest priority among their versions. Equals: in aggregated discovery by their names, in
 * the older form by the names of the APIServices that lift them, which begin with the version.
 */
export function servedGroups(served: readonly ServedVersion[], form: 'aggregated' | 'plain'): ServedGroup[] {
  const groups = new Map<string, ServedVersion[]>()
  for (const one of served) groups.set(one.group, [...(groups.get(one.group) ?? []), one])
  return [...groups]
    .map(([name, versions]) => ({ name, versions: versions.sort(byVersion), ...placeOf(versions, form) }))
    .sort((a, b) => b.priority - a.priority || (a.key < b.key ? -1 : 1))
    .map(({ name, versions }) => ({ name, versions }))
}

function placeOf(versions: readonly ServedVersion[], form: 'aggregated' | 'plain') {
  const priority = Math.max(...versions.map(one => one.priority.group))
  const highest = versions.filter(one => one.priority.group === priority)
  const names = highest.map(one => (form === 'plain' ? apiServiceName(one.group, one.version) : one.group))
  return { priority, key: names.sort()[0] ?? '' }
}
