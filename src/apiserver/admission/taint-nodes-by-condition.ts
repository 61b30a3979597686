import { Node } from '../../kube/generated/core-v1.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { isAbout } from './objects.ts'

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

/** Keeps pods from a new node until the node controller has seen it ready and takes the taint away. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: request => request.operation === 'CREATE' && isAbout(request, Node),
  mutate({ object }) {
    // The kind says that it is a Node.
    const node = object as unknown as Node
    const taints = node.spec?.taints ?? []
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return
    node.spec = { ...node.spec, taints: [...taints, { ...NOT_READY }] }
  },
}
