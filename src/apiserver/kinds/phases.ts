import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour, View } from '../resources/behaviour.ts'
import { withStatusOf } from '../resources/with-status.ts'

/** Kinds whose status begins with a phase. */
export const startsIn = (phase: string): Partial<Behaviour> => ({
  prepareCreate(object) {
    Object.assign(object, { status: { phase } })
  },
})

/** Nodes report labels and annotations together with their status. */
const statusAndLabels: View = (wished, current): KubeObject => {
  const { labels, annotations } = wished.metadata
  return withStatusOf({ ...current, metadata: { ...current.metadata, labels, annotations } }, wished)
}

export const nodeBehaviour: Partial<Behaviour> = {
  // As upstream's strategy: kubelets register with what they have.
  takesStatusOnCreate: true,
  views: { status: statusAndLabels },
}
