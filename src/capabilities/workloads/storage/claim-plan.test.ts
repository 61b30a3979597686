import { describe, expect, it } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import type { StorageClass } from '../../../kube/generated/storage-v1.ts'
import type { ObjectMeta } from '../../../kube/object.ts'
import { meta } from '../testing/objects.ts'
import { planClaim } from './claim-plan.ts'
import { protectedFinalizers } from './protection.ts'
import { volumePhase } from './volumes.ts'

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>
type VolumeSpec = NonNullable<PersistentVolume['spec']>

const claim = (
  spec: ClaimSpec = {},
  metadata: Partial<ObjectMeta> = {},
  phase = 'Pending',
): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: meta('data', metadata),
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '5Gi' } },
    storageClassName: '',
    ...spec,
  },
  status: { phase },
})
const volume = (
  name: string,
  storage: string,
  spec: VolumeSpec = {},
  phase = 'Available',
): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: meta(name, { namespace: undefined, labels: { name } }),
  spec: { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], capacity: { storage }, ...spec },
  status: { phase },
})
const storageClass = (name: string, more: Partial<StorageClass> = {}): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: meta(name),
  provisioner: 'drave.dev/host-path',
  ...more,
})
const byDefault = {
  metadata: meta('standard', { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }),
}
const owner = (uid = 'uid-data') => ({ claimRef: { namespace: 'default', name: 'data', uid } })
const completed = { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }
const late = { volumeBindingMode: 'WaitForFirstConsumer' }

describe('planClaim', () => {
  const told = (
    of: PersistentVolumeClaim,
    volumes: PersistentVolume[],
    classes: StorageClass[] = [],
    unscheduled: string[] = [],
  ) => {
    const step = planClaim(of, {
      candidates: volumes,
      volume: name => volumes.find(({ metadata }) => metadata.name === name),
      classes,
      unscheduled,
    })
    switch (step.kind) {
      case 'bind':
      case 'expand':
        return `${step.kind} ${step.volume.metadata.name}`
      case 'provision':
        return `provision ${step.storageClass.metadata.name}`
      case 'use-class':
        return `use-class ${step.name}`
      case 'wait':
        return `wait ${step.told?.reason ?? 'silently'}`
      default:
        return step.kind
    }
  }
  const table: [string, PersistentVolumeClaim, PersistentVolume[], StorageClass[], string][] = [
    [
      'takes the smallest that does',
      claim(),
      [volume('big', '9Gi'), volume('fit', '5Gi'), volume('small', '1Gi')],
      [],
      'bind fit',
    ],
    [
      'takes what is reserved for it first',
      claim(),
      [volume('fit', '5Gi'), volume('own', '9Gi', owner(''))],
      [],
      'bind own',
    ],
    [
      'not what is reserved for another',
      claim(),
      [volume('own', '9Gi', owner('other'))],
      [],
      'wait FailedBinding',
    ],
    ['not what is not available', claim(), [volume('used', '9Gi', {}, 'Released')], [], 'wait FailedBinding'],
    [
      'not with other access',
      claim({ accessModes: ['ReadWriteMany'] }),
      [volume('a', '9Gi')],
      [],
      'wait FailedBinding',
    ],
    ['not of another mode', claim({ volumeMode: 'Block' }), [volume('a', '9Gi')], [], 'wait FailedBinding'],
    [
      'only what it selects',
      claim({ selector: { matchLabels: { name: 'b' } } }),
      [volume('a', '6Gi'), volume('b', '9Gi')],
      [],
      'bind b',
    ],
    ['provisions', claim({ storageClassName: 'fast' }), [], [storageClass('fast')], 'provision fast'],
    ['misses its class', claim({ storageClassName: 'fast' }), [], [], 'wait ProvisioningFailed'],
    [
      'gets the default class',
      claim({ storageClassName: undefined }),
      [],
      [storageClass('a'), storageClass('standard', byDefault)],
      'use-class standard',
    ],
    ['wants none on purpose', claim(), [], [storageClass('standard', byDefault)], 'wait FailedBinding'],
    [
      'waits for a consumer',
      claim({ storageClassName: 'late' }),
      [],
      [storageClass('late', late)],
      'wait WaitForFirstConsumer',
    ],
    [
      'whose node was chosen',
      claim({ storageClassName: 'late' }, { annotations: { 'volume.kubernetes.io/selected-node': 'one' } }),
      [],
      [storageClass('late', late)],
      'provision late',
    ],
    ['waits for a volume by name', claim({ volumeName: 'a' }), [], [], 'wait silently'],
    ['takes a volume by name', claim({ volumeName: 'a' }), [volume('a', '5Gi')], [], 'bind a'],
    ['that is too small', claim({ volumeName: 'a' }), [volume('a', '1Gi')], [], 'wait VolumeMismatch'],
    [
      'that is kept for it, whatever its class and size',
      claim({ volumeName: 'a', storageClassName: 'standard' }),
      [volume('a', '1Gi', { claimRef: { name: 'data', namespace: 'default' } })],
      [],
      'bind a',
    ],
    [
      'that another has',
      claim({ volumeName: 'a' }),
      [volume('a', '5Gi', owner('other'))],
      [],
      'wait FailedBinding',
    ],
    [
      'is bound',
      claim({ volumeName: 'a' }, completed, 'Bound'),
      [volume('a', '5Gi', owner(), 'Bound')],
      [],
      'keep',
    ],
    [
      'finishes a binding',
      claim({ volumeName: 'a' }, completed),
      [volume('a', '5Gi', owner(), 'Available')],
      [],
      'bind a',
    ],
    ['has lost its volume', claim({ volumeName: 'a' }, completed, 'Bound'), [], [], 'lose'],
    [
      'is bound wrongly',
      claim({ volumeName: 'a' }, completed, 'Bound'),
      [volume('a', '5Gi', owner('other'))],
      [],
      'lose',
    ],
    [
      'grows',
      claim({ volumeName: 'a', storageClassName: 'fast' }, completed, 'Bound'),
      [volume('a', '1Gi', owner(), 'Bound')],
      [storageClass('fast', { allowVolumeExpansion: true })],
      'expand a',
    ],
  ]
  it.each(table)('%s', (_, of, volumes, classes, expected) =>
    expect(told(of, volumes, classes)).toBe(expected),
  )
  it('names the pods that wait with it', () => {
    const of = claim({ storageClassName: 'late' })
    expect(told(of, [], [storageClass('late', late)], ['a'])).toBe('wait WaitForPodScheduled')
  })
})

describe('volumePhase', () => {
  it.each([
    ['Available', volume('a', '1Gi'), undefined],
    ['Available', volume('a', '1Gi', owner('')), claim()],
    ['Bound', volume('a', '1Gi', owner()), claim({ volumeName: 'a' })],
    ['Released', volume('a', '1Gi', owner()), undefined],
    ['Released', volume('a', '1Gi', owner('before')), claim()],
    ['Failed', volume('a', '1Gi', owner(), 'Failed'), undefined],
  ])('is %s', (phase, of, by) => expect(volumePhase(of, by)).toBe(phase))
})

describe('protectedFinalizers', () => {
  const gone = { deletionTimestamp: '2026-01-01T00:00:00Z' }
  it.each([
    ['protects', {}, false, ['f']],
    ['leaves it', { finalizers: ['f'] }, false, undefined],
    ['holds what is in use', { ...gone, finalizers: ['f'] }, true, undefined],
    ['lets go', { ...gone, finalizers: ['f', 'g'] }, false, ['g']],
  ])('%s', (_, metadata, isInUse, expected) => {
    expect(protectedFinalizers(claim({}, metadata), 'f', isInUse)).toEqual(expected)
  })
})
