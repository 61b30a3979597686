import type { APIService } from '../../kube/generated/apiregistration-v1.ts'

/** Where a group stands among all groups, and a version among those of its group: higher comes first. */
export interface Priority {
  group: number
  version: number
}

/** Upstream's `apiVersionPriorities`, of the versions that are served. Version 15 where none is given. */
const builtin: Readonly<Record<string, { group: number; versions?: Readonly<Record<string, number>> }>> = {
  '': { group: 18_000, versions: { v1: 1 } },
  apps: { group: 17_800 },
  'events.k8s.io': { group: 17_750 },
  'authentication.k8s.io': { group: 17_700 },
  'authorization.k8s.io': { group: 17_600 },
  autoscaling: { group: 17_500, versions: { v2: 30 } },
  batch: { group: 17_400 },
  'certificates.k8s.io': { group: 17_300 },
  'networking.k8s.io': { group: 17_200 },
  policy: { group: 17_100 },
  'rbac.authorization.k8s.io': { group: 17_000 },
  'storage.k8s.io': { group: 16_800 },
  'admissionregistration.k8s.io': { group: 16_700 },
  'apiextensions.k8s.io': { group: 16_700 },
  'scheduling.k8s.io': { group: 16_600 },
  'coordination.k8s.io': { group: 16_500 },
  'node.k8s.io': { group: 16_300 },
  'discovery.k8s.io': { group: 16_200 },
  'resource.k8s.io': { group: 16_200, versions: { v1: 21 } },
  'flowcontrol.apiserver.k8s.io': { group: 16_100, versions: { v1: 21 } },
}
const USUAL_VERSION = 15

/** Served by the aggregator itself and always first: it has no APIService. */
export const OWN_GROUP = 'apiregistration.k8s.io'
const OWN: Priority = { group: 20_001, version: 0 }

/** Of the group versions of CustomResourceDefinitions. */
export const CUSTOM: Priority = { group: 1000, version: 100 }

/** What a built-in group version is registered with; undefined for any other. */
export function builtinPriority(group: string, version: string): Priority | undefined {
  if (group === OWN_GROUP) return OWN
  const known = builtin[group]
  return known && { group: known.group, version: known.versions?.[version] ?? USUAL_VERSION }
}

/** What an APIService says. */
export const priorityOf = ({ spec }: APIService): Priority => ({
  group: spec.groupPriorityMinimum,
  version: spec.versionPriority,
})
