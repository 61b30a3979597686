import { setCondition } from '../../kube/conditions.ts'
import type { APIService, APIServiceCondition } from '../../kube/generated/apiregistration-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'

/** What is true of every APIService whose group version is served by this server itself. */
export const LOCAL = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
} as const

/** As upstream's apiServerStrategy: what is served here is available from the first moment. */
export const apiServiceBehaviour: Partial<Behaviour> = {
  allowsUnconditionalUpdate: false,
  prepareCreate(object, { now }) {
    // The resource says what it is.
    const apiService = object as KubeObject as APIService
    if (apiService.spec.service) return
    const conditions = setCondition<APIServiceCondition>(undefined, LOCAL, now)
    apiService.status = { conditions: [...conditions] }
  },
}
