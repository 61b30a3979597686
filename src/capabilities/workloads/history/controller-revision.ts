import type { ControllerRevision } from '../../../kube/generated/apps-v1.ts'
import type { PodTemplateSpec } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { Draft, KubeObject } from '../../../kube/object.ts'
import { isSame } from '../canonical.ts'
import { controllerReference } from '../claim.ts'
import { templateHash } from '../deployment/template-hash.ts'

/** Names the revision of a pod (StatefulSet) or its hash (DaemonSet, whose ControllerRevisions carry it as well). */
export const REVISION_HASH = 'controller-revision-hash'
/** The hash on the ControllerRevisions of a StatefulSet. */
export const HISTORY_HASH = 'controller.kubernetes.io/hash'
/** Upstream cuts the owner's name there, so that the revision's stays valid. */
const MAX_PREFIX = 223

/** A StatefulSet or DaemonSet: what has revisions of its pod template. */
export interface Revised extends KubeObject {
  spec: { template: PodTemplateSpec; revisionHistoryLimit?: number | undefined }
}

/** The patch that restores a template, which is what `kubectl rollout undo` sends; clients compare it byte by byte with their own. */
const restoring = (template: PodTemplateSpec) =>
  inOrder({ spec: { template: { ...template, $patch: 'replace' } } })

/** The same with the keys of each object in the order in which Go writes them. */
function inOrder<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder) as T
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, member]) => [key, inOrder(member)])) as T
}

/** The template that a revision keeps; undefined when its data is something else. */
export function templateOf({ data }: Pick<ControllerRevision, 'data'>): PodTemplateSpec | undefined {
  // Written by `restoring`, or by hand: then a template is missing.
  const stored = (data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined)?.spec
    ?.template
  if (!stored) return undefined
  const { $patch: _directive, ...template } = stored
  return template
}

/** A revision of the owner's current template. */
export function draftRevision(
  kind: Kind,
  owner: Revised,
  { revision, collisionCount }: { revision: number; collisionCount: number },
): Draft<ControllerRevision> {
  const { template } = owner.spec
  const hash = templateHash(template, collisionCount)
  return {
    metadata: {
      name: `${owner.metadata.name.slice(0, MAX_PREFIX)}-${hash}`,
      namespace: owner.metadata.namespace,
      labels: {
        ...template.metadata?.labels,
        [kind.kind === 'StatefulSet' ? HISTORY_HASH : REVISION_HASH]: hash,
      },
      annotations: { ...owner.metadata.annotations },
      ownerReferences: [controllerReference(kind, owner)],
    },
    data: restoring(template),
    revision,
  }
}

export const isRevisionOf = (revision: ControllerRevision, template: PodTemplateSpec): boolean =>
  isSame(templateOf(revision), template)

/** Oldest first, as upstream sorts them. */
export const byRevision = (a: ControllerRevision, b: ControllerRevision): number =>
  a.revision - b.revision ||
  a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name)

/** What the history needs so that its newest revision is the current template. */
export type RevisionStep =
  | { kind: 'keep'; revision: ControllerRevision }
  /** A rollback: the equal revision becomes the newest. */
  | { kind: 'renumber'; revision: ControllerRevision; number: number }
  | { kind: 'create'; number: number }

/** Decides on sorted revisions. */
export function planRevision(
  revisions: readonly ControllerRevision[],
  template: PodTemplateSpec,
): RevisionStep {
  const newest = revisions.at(-1)
  if (newest && isRevisionOf(newest, template)) return { kind: 'keep', revision: newest }
  const number = (newest?.revision ?? 0) + 1
  const equal = revisions.findLast(revision => isRevisionOf(revision, template))
  return equal ? { kind: 'renumber', revision: equal, number } : { kind: 'create', number }
}

/** The revisions beyond the limit, oldest first; live ones (in use) neither count nor go. */
export function beyondLimit(
  revisions: readonly ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
  limit: number,
): ControllerRevision[] {
  const history = revisions.filter(revision => !isLive(revision))
  return history.slice(0, Math.max(0, history.length - limit))
}
