import { expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { VirtualClock } from '../../../kernel/clock.ts'
import type { PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import { podFacts } from '../cluster/pod-facts.ts'
import { bindPod } from './bind-pod.ts'

it('follows a claim no longer than until it is bound, also where it is bound at once', async () => {
  const metadata = {
    name: 'data',
    namespace: 'default',
    uid: '1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  }
  const claim: PersistentVolumeClaim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: { volumeName: 'v' },
    status: { phase: 'Bound' },
  }
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] } }
  let following = 0
  // What binding uses of it.
  const kernel = {
    client: { patch: async () => claim, create: async () => ({}) },
    clock: new VirtualClock(),
    events: { record() {} },
    informers: {
      for: () => ({
        onChange(handler: (event: object) => void) {
          following++
          handler({ type: 'added', object: claim })
          return { [Symbol.dispose]: () => void following-- }
        },
      }),
    },
  } as unknown as Kernel
  await bindPod(kernel, podFacts(pod), { node: 'one', plans: [{ claim, volume: undefined }] })
  expect(following).toBe(0)
})
