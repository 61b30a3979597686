import { equalJson } from '../../kube/copy.ts'
import { TEMPLATE_GENERATION } from '../../kube/defaults/workloads.ts'
import type { DaemonSet } from '../../kube/generated/apps-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'

// The behaviour is that of DaemonSets only.
const asDaemonSet = (object: KubeObject) => object as unknown as DaemonSet

export const daemonSetBehaviour: Partial<Behaviour> = {
  prepareCreate: object => count(object, Math.max(1, generationOf(object))),
  prepareUpdate(next, previous) {
    const isSame = equalJson(asDaemonSet(next).spec?.template, asDaemonSet(previous).spec?.template)
    count(next, generationOf(previous) + (isSame ? 0 : 1))
  },
}

const generationOf = ({ metadata }: KubeObject): number => {
  const text = metadata.annotations?.[TEMPLATE_GENERATION] ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : 0
}

function count({ metadata }: KubeObject, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) }
}
