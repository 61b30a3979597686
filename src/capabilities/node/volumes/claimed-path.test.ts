import { describe, expect, it } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../../kube/generated/core-v1.ts'
import { claimedPath } from './claimed-path.ts'

const pod = { metadata: { name: 'p', namespace: 'default', uid: 'pod-uid' } } as Pod
const named: Volume = { name: 'v', persistentVolumeClaim: { claimName: 'c' } }
const claim = (more: object = {}) =>
  ({
    metadata: { name: 'c', namespace: 'default', uid: 'claim-uid' },
    spec: { volumeName: 'pv' },
    status: { phase: 'Bound' },
    ...more,
  }) as PersistentVolumeClaim
const persistent = (more: object = {}) =>
  ({
    metadata: { name: 'pv' },
    spec: {
      claimRef: { uid: 'claim-uid' },
      ...('nfs' in more ? {} : { hostPath: { path: '/data' } }),
      ...more,
    },
  }) as PersistentVolume

describe('the place of a claim', () => {
  const local = { hostPath: undefined, local: { path: '/disk' } }
  it.each<[string, object | undefined, object | undefined, object]>([
    ['a hostPath', {}, {}, { path: '/data', type: '', readOnly: false }],
    ['a local volume', {}, local, { path: '/disk', type: 'Directory', readOnly: false }],
    ['one for readers only', {}, { accessModes: ['ReadOnlyMany'] }, { readOnly: true }],
  ])('is that of %s', (_, ofClaim, ofVolume, expected) => {
    const sources = { claim: () => claim(ofClaim), persistentVolume: () => persistent(ofVolume) }
    expect(claimedPath(pod, named, sources)).toMatchObject(expected)
  })

  const at = 'error processing PVC default/c: '
  it.each<[string, PersistentVolumeClaim | undefined, PersistentVolume | undefined]>([
    [
      `${at}failed to fetch PVC from API server: persistentvolumeclaims "c" not found`,
      undefined,
      persistent(),
    ],
    [`${at}PVC is not bound`, claim({ status: { phase: 'Pending' } }), persistent()],
    [`${at}PVC has empty pvc.Spec.VolumeName`, claim({ spec: {} }), persistent()],
    [`${at}PVC is being deleted`, claim({ metadata: { deletionTimestamp: 'now' } }), persistent()],
    [`${at}failed to fetch PV pv from API server`, claim(), undefined],
    [
      `${at}found PV object pv but its pv.Spec.ClaimRef.UID x`,
      claim(),
      persistent({ claimRef: { uid: 'x' } }),
    ],
    [`${at}PV pv is of the kind nfs`, claim(), persistent({ nfs: {} })],
    [
      'volume v has volumeMode Block',
      claim({ spec: { volumeName: 'pv', volumeMode: 'Block' } }),
      persistent(),
    ],
  ])('is refused: %s', (message, found, volume) => {
    const sources = { claim: () => found, persistentVolume: () => volume }
    expect(() => claimedPath(pod, named, sources)).toThrow(message)
  })

  it('of a claim made for a pod must belong to that pod', () => {
    const ephemeral: Volume = { name: 'v', ephemeral: { volumeClaimTemplate: { spec: {} } } }
    const owned = (uid: string) =>
      claim({ metadata: { uid: 'claim-uid', ownerReferences: [{ uid, controller: true }] } })
    const sources = (uid: string) => ({ claim: () => owned(uid), persistentVolume: () => persistent() })
    expect(claimedPath(pod, ephemeral, sources('pod-uid')).path).toBe('/data')
    expect(() => claimedPath(pod, ephemeral, sources('other'))).toThrow('(pod is not owner)')
  })
})
