import type { KubeObject } from '../../kube/object.ts'
import { toTime } from '../../lib/clock.ts'
import type { Behaviour, View } from '../resources/behaviour.ts'
import { withStatusOf } from '../resources/with-status.ts'

/** Kinds whose status begins with a phase. */
export const startsIn = (phase: string): Partial<Behaviour> => ({
  prepareCreate(object) {
    Object.assign(object, { status: { phase } })
  },
})

interface Phase {
  status?: { phase?: string; lastPhaseTransitionTime?: string }
}

/** Volumes say since when they are in their phase. */
export const volumeBehaviour: Partial<Behaviour> = {
  prepareCreate(object, { now }) {
    Object.assign(object, { status: { phase: 'Pending', lastPhaseTransitionTime: toTime(now) } })
  },
  prepareUpdate(next, previous, { now }) {
    // The behaviour is that of PersistentVolumes only.
    const [{ status }, { status: before }] = [next as Phase, previous as Phase]
    if (!status || status.phase === before?.phase) return
    if (status.lastPhaseTransitionTime === before?.lastPhaseTransitionTime)
      status.lastPhaseTransitionTime = toTime(now)
  },
}

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
