import { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type Change, checkQuota } from '../../kube/quota/check-quota.ts'
import { isTerminating } from '../../kube/quota/scopes.ts'
import { formatQuantity, parseQuantity } from '../../kube/quantity.ts'
import { conflict } from '../../kube/status.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { ChangedMeanwhile, type Store } from '../store/store.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { isAbout, kept, refusal } from './objects.ts'

const QUOTAS = '/resourcequotas'
/** Another server may write the same quota in between; each attempt begins with what is then known. */
const MAX_ATTEMPTS = 20

/**
 * Reserves what a write uses in `status.used` of its namespace's quotas before it is made, with the optimistic lock of
 * the store, so that writes at the same time cannot exceed a quota together. What is not made after all is given back.
 */
export const resourceQuota = (store: Store, clock: Clock): AdmissionPlugin => ({
  name: 'ResourceQuota',
  handles: request => counts(request) && hasQuota(store, request.namespace),
  async validate(request) {
    const { object, previous, namespace = '' } = request
    if (!object) return
    const change: Change = {
      kind: request.kind,
      object,
      previous,
      isStatus: request.subresource === 'status',
      now: clock.now(),
    }
    const names = [...kept(store, ResourceQuota, namespace)].map(({ metadata }) => metadata.name)
    const reserved: Reservation[] = []
    request.takeBack = () => {
      for (const reservation of reserved) giveBack(store, namespace, reservation)
    }
    for (const name of names) {
      const reservation = await reserve(store, request, { name, change })
      if (reservation) reserved.push(reservation)
    }
  },
})

/** Which writes can use more than before, as upstream's evaluators have it. */
function counts(request: AdmissionRequest): boolean {
  const { operation, subresource, object, previous, namespace } = request
  if (operation === 'DELETE' || !namespace) return false
  if (operation === 'CREATE') return !subresource
  if (isAbout(request, Service) || isAbout(request, PersistentVolumeClaim)) return true
  if (request.kind.group !== '') return false
  if (request.kind.plural === 'persistentvolumeclaims') return subresource === 'status'
  if (request.kind.plural !== 'pods') return false
  if (subresource === 'resize') return true
  // The kind says that these are Pods.
  const [pod, before] = [object as unknown as Pod, previous as unknown as Pod]
  return isAbout(request, Pod) && isTerminating(pod) !== isTerminating(before)
}

function hasQuota(store: Store, namespace: string | undefined): boolean {
  for (const _ of kept(store, ResourceQuota, namespace)) return true
  return false
}

interface Reservation {
  name: string
  /** What was added, in billionths of each resource's unit. */
  added: ReadonlyMap<string, bigint>
}

async function reserve(
  store: Store,
  request: AdmissionRequest,
  { name, change }: { name: string; change: Change },
): Promise<Reservation | undefined> {
  const { namespace = '' } = request
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = store.head(QUOTAS, namespace, name)
    if (!stored) return undefined
    const quota = quotaIn(stored)
    const verdict = checkQuota(quota, change)
    if (!verdict) return undefined
    if ('refuse' in verdict) throw refusal(request, verdict.refuse)
    if (request.dryRun) return undefined
    try {
      await write(store, stored, verdict.used)
      return { name, added: difference(quota.status?.used ?? {}, verdict.used) }
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error
    }
  }
  throw conflict({ group: '', plural: 'resourcequotas' }, name)
}

function write(store: Store, stored: StoredObject, used: Record<string, string>): Promise<StoredObject> {
  const quota = quotaIn(stored)
  const object = { ...quota, status: { ...quota.status, used } } as unknown as KubeObject
  const { namespace, name } = stored
  return store.commit({ resource: QUOTAS, namespace, name, expected: stored, object })
}

/** Best effort: the quota's controller counts anew in any case. */
function giveBack(store: Store, namespace: string, { name, added }: Reservation): void {
  const stored = store.head(QUOTAS, namespace, name)
  if (!stored) return
  const used = { ...quotaIn(stored).status?.used }
  for (const [resource, nano] of added) {
    const current = parseQuantity(used[resource] ?? '0')
    const left = current.nano - nano
    used[resource] = formatQuantity({ ...current, nano: left < 0n ? 0n : left })
  }
  try {
    write(store, stored, used).catch(() => {})
  } catch (error) {
    if (!(error instanceof ChangedMeanwhile)) throw error
  }
}

function difference(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  return new Map(
    Object.entries(after).map(([resource, amount]) => [
      resource,
      parseQuantity(amount).nano - parseQuantity(before[resource] ?? '0').nano,
    ]),
  )
}

// Only ResourceQuotas are kept there.
const quotaIn = ({ object }: StoredObject): ResourceQuota => object as unknown as ResourceQuota
