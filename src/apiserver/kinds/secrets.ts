import { secretDefaults } from '../../kube/defaults/core.ts'
import type { Secret } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'

/** What admission wrote is read like what the client sent. The behaviour is that of Secrets only. */
const settle = (object: KubeObject) => secretDefaults(object as unknown as Secret)

export const secretBehaviour: Partial<Behaviour> = {
  prepareCreate: settle,
  prepareUpdate: settle,
}
