import { describe, expect, it } from 'vitest'
import type { Pod } from '../../kube/generated/core-v1.ts'
import { carryOver } from './pod-carry-over.ts'

const mount = { name: 'kube-api-access-x', mountPath: '/var/run/secrets' }
const notReady = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }
const pod = (spec: object): Pod =>
  ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'a' }], ...spec } }) as unknown as Pod
const before = pod({
  nodeName: 'n',
  serviceAccountName: 'default',
  priority: 0,
  tolerations: [{ key: 'mine' }, notReady],
  volumes: [{ name: mount.name }],
  containers: [{ name: 'a', volumeMounts: [mount] }],
})

describe('a replacement of a pod', () => {
  it('keeps what the control plane filled in', () => {
    const next = pod({ tolerations: [{ key: 'mine' }] })
    carryOver(next, before)
    expect(next).toEqual(before)
  })

  it('keeps nothing in the place of what it says itself', () => {
    const own = {
      nodeName: 'm',
      serviceAccountName: 'b',
      priority: 1,
      tolerations: [notReady],
      volumes: [{ name: 'kube-api-access-y' }],
    }
    const next = pod(own)
    carryOver(next, before)
    expect(next).toEqual(pod(own))
  })
})
