import type { Node } from '../../kube/generated/core-v1.ts'
import { Pod } from '../../kube/generated/core-v1.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { Store } from '../store/store.ts'
import { isAbout } from './objects.ts'

const COPIED = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

/** Tells a pod by labels in which zone and region its node is, when it is bound or made for a node. */
export const podTopologyLabels = (store: Store): AdmissionPlugin => ({
  name: 'PodTopologyLabels',
  handles: request => (request.operation === 'CREATE' && isAbout(request, Pod)) || isBinding(request),
  mutate({ object }) {
    // The kind says that it is a Pod, and Nodes are kept under their name.
    const pod = object as unknown as Pod
    const { nodeName } = pod.spec
    const node = nodeName
      ? (store.head('/nodes', '', nodeName)?.object as unknown as Node | undefined)
      : undefined
    for (const key of COPIED) {
      const value = node?.metadata.labels?.[key]
      if (value !== undefined) pod.metadata.labels = { ...pod.metadata.labels, [key]: value }
    }
  },
})

const isBinding = ({ kind, subresource }: AdmissionRequest): boolean =>
  kind.group === '' && kind.plural === 'pods' && subresource === 'binding'
