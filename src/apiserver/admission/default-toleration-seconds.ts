import { Pod } from '../../kube/generated/core-v1.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { isAbout } from './objects.ts'

/** How long pods stay on a node that is not ready or not reachable, unless they say otherwise. */
const SECONDS = 300
const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** Lets pods outlast a short failure of their node. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: request => request.operation !== 'DELETE' && isAbout(request, Pod),
  mutate({ object }) {
    // The kind says that it is a Pod.
    const { spec } = object as unknown as Pod
    if (!spec) return
    const tolerations = spec.tolerations ?? []
    const added = KEYS.filter(
      wanted =>
        !tolerations.some(
          ({ key, effect }) => (key === wanted || !key) && (effect === 'NoExecute' || !effect),
        ),
    ).map(key => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS }))
    if (added.length > 0) spec.tolerations = [...tolerations, ...added]
  },
}
