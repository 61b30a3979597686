import type { APIService, APIServiceSpec } from '../../kube/generated/apiregistration-v1.ts'
import { equalJson } from '../../kube/copy.ts'

export const MANAGED_LABEL = 'kube-aggregator.kubernetes.io/automanaged'
/** How an APIService is kept what it should be: once at each start, always, or only made where it is missing. */
type Management = 'onstart' | 'true' | 'if missing'

/** An APIService that should be there, for a group version that is served here. */
export interface Registration {
  spec: APIServiceSpec
  managed: Management
}

interface Situation {
  desired: Registration | undefined
  current: APIService | undefined
  /** Settled once since the start. */
  wasSettled: boolean
  /** There already when the server started. */
  wasThereAtStart: boolean
}

export type RegistrationStep = 'none' | 'create' | 'update' | 'delete'

/** What to do about an APIService: the table above `checkAPIService` in upstream's autoregister controller. */
export function registrationStep(situation: Situation): RegistrationStep {
  const { desired, current, wasSettled, wasThereAtStart } = situation
  if (desired?.managed === 'onstart' && wasSettled) return 'none'
  if (!current) return desired ? 'create' : 'none'
  const managed = current.metadata.labels?.[MANAGED_LABEL]
  if (managed !== 'onstart' && managed !== 'true') return 'none'
  if (managed === 'onstart' && (!wasThereAtStart || wasSettled)) return 'none'
  if (!desired) return 'delete'
  return equalJson(current.spec, desired.spec) ? 'none' : 'update'
}
