import type { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type Approval, approvalOf, isProtectedGroup } from '../../kube/validation/definition/approval.ts'
import { toTime } from '../../lib/clock.ts'
import type { Behaviour } from '../resources/behaviour.ts'
import type { ResourceRegistry } from '../resources/registry.ts'

export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'

type Names = CustomResourceDefinition['spec']['names']
type Condition = NonNullable<NonNullable<CustomResourceDefinition['status']>['conditions']>[number]

/** A definition is established as it is written: its resource is served when the write is acknowledged. */
export function definitionBehaviour(registry: ResourceRegistry): Partial<Behaviour> {
  return {
    finalizersOnDeletion: [CLEANUP_FINALIZER],
    prepareCreate(object, { now }) {
      const definition = asDefinition(object)
      if (!isWhole(definition)) return
      fillNames(definition)
      const stored = definition.spec.versions.filter(version => version.storage).map(version => version.name)
      definition.status = { conditions: [], acceptedNames: definition.spec.names, storedVersions: stored }
      settleConditions(definition, registry, now)
    },
    prepareUpdate(next, _previous, { now }) {
      const definition = asDefinition(next)
      if (!isWhole(definition)) return
      fillNames(definition)
      const { versions } = definition.spec
      const stored = new Set(definition.status?.storedVersions ?? [])
      for (const version of versions) if (version.storage) stored.add(version.name)
      definition.status = { ...definition.status, storedVersions: [...stored] }
      settleConditions(definition, registry, now)
    },
  }
}

// The behaviour is that of CustomResourceDefinitions only.
const asDefinition = (object: KubeObject) => object as unknown as CustomResourceDefinition

/** What is not whole is refused by validation, which comes later. */
function isWhole({ spec }: CustomResourceDefinition): boolean {
  const { names, versions } = (spec ?? {}) as Partial<CustomResourceDefinition['spec']>
  return Boolean(names?.kind && names.plural && versions)
}

function fillNames({ spec }: CustomResourceDefinition): void {
  spec.names.singular ||= spec.names.kind.toLowerCase()
  spec.names.listKind ||= `${spec.names.kind}List`
  spec.conversion ??= { strategy: 'None' }
}

function settleConditions(
  definition: CustomResourceDefinition,
  registry: ResourceRegistry,
  now: number,
): void {
  const taken = nameConflict(definition, registry)
  const status = definition.status ?? { storedVersions: [] }
  definition.status = status
  const known = status.conditions ?? []
  if (!taken) status.acceptedNames = definition.spec.names
  const wanted: Omit<Condition, 'lastTransitionTime'>[] = taken
    ? [{ type: 'NamesAccepted', status: 'False', reason: taken.reason, message: taken.message }]
    : [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
        {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        },
      ]
  if (taken && !known.some(condition => condition.type === 'Established'))
    wanted.push({
      type: 'Established',
      status: 'False',
      reason: 'NotAccepted',
      message: 'not all names are accepted',
    })
  const approval = approvalCondition(definition)
  if (approval) wanted.push(approval)
  const others = known.filter(condition => !wanted.some(({ type }) => type === condition.type))
  status.conditions = [...wanted.map(condition => settled(condition, known, now)), ...others]
}

const approvalReasons: Readonly<Record<Approval['state'], string>> = {
  approved: 'ApprovedAnnotation',
  bypassed: 'UnapprovedAnnotation',
  missing: 'MissingAnnotation',
  invalid: 'InvalidAnnotation',
}

/** Definitions in groups of the Kubernetes project say whether they are approved. */
function approvalCondition({
  spec,
  metadata,
}: CustomResourceDefinition): Omit<Condition, 'lastTransitionTime'> | undefined {
  if (!isProtectedGroup(spec.group)) return undefined
  const { state, reason } = approvalOf(metadata.annotations)
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: state === 'approved' ? 'True' : 'False',
    reason: approvalReasons[state],
    message: reason,
  }
}

function settled(wanted: Omit<Condition, 'lastTransitionTime'>, known: Condition[], now: number): Condition {
  const before = known.find(({ type }) => type === wanted.type)
  const same = before?.status === wanted.status && before.reason === wanted.reason
  return { lastTransitionTime: same ? before.lastTransitionTime : toTime(now), ...wanted }
}

/** A name of the definition that another resource of its group has already. */
function nameConflict({ spec }: CustomResourceDefinition, registry: ResourceRegistry) {
  const others = registry
    .all()
    .filter(other => other.group === spec.group && other.plural !== spec.names.plural)
  const plurals = new Set(
    others.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]),
  )
  const kinds = new Set(others.flatMap(({ kind, listKind }) => [kind, listKind]))
  const { plural, singular, shortNames, kind, listKind }: Names = spec.names
  for (const [reason, name, known] of [
    ['PluralConflict', plural, plurals],
    ['SingularConflict', singular, plurals],
    ...(shortNames ?? []).map(short => ['ShortNamesConflict', short, plurals] as const),
    ['KindConflict', kind, kinds],
    ['ListKindConflict', listKind, kinds],
  ] as const)
    if (name && known.has(name)) return { reason, message: `${JSON.stringify(name)} is already in use` }
  return undefined
}

/** Whether the resources of a definition are served. */
export const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') ?? false
