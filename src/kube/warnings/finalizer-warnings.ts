import { qualifiedNameProblems } from '../names.ts'
import type { KubeObject } from '../object.ts'

const STANDARD = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])

/** What upstream says of the names of finalizers that a custom object gets. */
export function finalizerWarnings(object: KubeObject, previous: KubeObject | undefined): string[] {
  const { finalizers = [] } = object.metadata
  if (finalizers.length === 0) return []
  const before = new Set(previous?.metadata.finalizers)
  return [...new Set(finalizers)]
    .filter(name => !before.has(name))
    .sort()
    .flatMap(name => problemsOf(name).map(why => `metadata.finalizers: ${JSON.stringify(name)}: ${why}`))
}

function problemsOf(name: string): string[] {
  const problems = qualifiedNameProblems(name)
  if (name.includes('/') || STANDARD.has(name)) return problems
  const path = name.includes('.') ? ' including a path (/)' : ''
  return [
    ...problems,
    `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`,
  ]
}
