import type { NamespaceCondition } from '../../../kube/generated/core-v1.ts'
import { groupResourceOf, type Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { toTime } from '../../../lib/clock.ts'

/** What one round of deletion met. */
export interface Round {
  remaining: readonly { kind: Kind; objects: readonly KubeObject[] }[]
  /** Kinds that could not be listed or deleted, with the API's words. */
  failures: readonly { kind: Kind; message: string }[]
}

interface Finding {
  type: string
  reason: string
  isTrue: boolean
  message: string
  absent: { reason: string; message: string }
}

/** The conditions of a terminating namespace, in upstream's types, reasons and words: what is left, and why. */
export function terminatingConditions(
  round: Round,
  previous: readonly NamespaceCondition[],
  now: number,
): NamespaceCondition[] {
  return findings(round).map(({ type, reason, isTrue, message, absent }) => {
    const condition = isTrue
      ? { type, status: 'True', reason, message }
      : { type, status: 'False', reason: absent.reason, message: absent.message }
    const before = previous.find(candidate => candidate.type === type)
    const lastTransitionTime =
      before?.status === condition.status ? (before.lastTransitionTime ?? toTime(now)) : toTime(now)
    return { ...condition, lastTransitionTime }
  })
}

function findings({ remaining, failures }: Round): Finding[] {
  const resources = remaining
    .map(({ kind, objects }) => `${resourceName(kind)} has ${objects.length} resource instances`)
    .sort()
  const finalizers = new Map<string, number>()
  for (const name of remaining.flatMap(({ objects }) => objects.flatMap(o => o.metadata.finalizers ?? [])))
    finalizers.set(name, (finalizers.get(name) ?? 0) + 1)
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).sort()
  const failed = failures.map(({ kind, message }) => `${resourceName(kind)}: ${message}`)
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      reason: 'DiscoveryFailed',
      isTrue: false,
      message: '',
      absent: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      reason: 'GroupVersionParsingFailed',
      isTrue: false,
      message: '',
      absent: { reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
    },
    {
      type: 'NamespaceDeletionContentFailure',
      reason: 'ContentDeletionFailed',
      isTrue: failed.length > 0,
      message: `Failed to delete all resource types, ${failed.length} remaining: ${failed.join(', ')}`,
      absent: {
        reason: 'ContentDeleted',
        message: 'All content successfully deleted, may be waiting on finalization',
      },
    },
    {
      type: 'NamespaceContentRemaining',
      reason: 'SomeResourcesRemain',
      isTrue: resources.length > 0,
      message: `Some resources are remaining: ${resources.join(', ')}`,
      absent: { reason: 'ContentRemoved', message: 'All content successfully removed' },
    },
    {
      type: 'NamespaceFinalizersRemaining',
      reason: 'SomeFinalizersRemain',
      isTrue: held.length > 0,
      message: `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
      absent: { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
    },
  ]
}

const resourceName = (kind: Kind): string => (kind.group ? groupResourceOf(kind) : `${kind.plural}.`)
