import { describe, expect, it } from 'vitest'
import type { StatefulSet } from '../../../kube/generated/apps-v1.ts'
import type { PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import type { OwnerReference } from '../../../kube/generated/meta-v1.ts'
import { meta, pod } from '../testing/objects.ts'
import { hasConflictingController, wantedOwners } from './claim-retention.ts'

type Policy = 'Retain' | 'Delete'

const set = (whenScaled: Policy, whenDeleted: Policy): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: meta('db'),
  spec: {
    replicas: 1,
    selector: {},
    template: {},
    persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted },
  },
})

const claim = (...ownerReferences: OwnerReference[]): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: meta('data-db-0', { ownerReferences }),
  spec: {},
})

const owner = (kind: 'Pod' | 'StatefulSet', name: string, uid = `uid-${name}`): OwnerReference => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  name,
  uid,
  controller: true,
})
const theSet = owner('StatefulSet', 'db')

describe('wantedOwners', () => {
  const table: [string, Policy, Policy, number, OwnerReference[], string[] | undefined][] = [
    ['keeps what is kept', 'Retain', 'Retain', 0, [], undefined],
    ['lets go when the policy changes', 'Retain', 'Retain', 0, [theSet], []],
    ['goes with the set', 'Retain', 'Delete', 0, [], ['db']],
    ['still goes with the set', 'Retain', 'Delete', 0, [theSet], undefined],
    ['goes with a condemned pod', 'Delete', 'Retain', 1, [], ['db-1']],
    ['moves from the set to the condemned pod', 'Delete', 'Delete', 1, [theSet], ['db-1']],
    ['moves back to the set', 'Delete', 'Delete', 0, [owner('Pod', 'db-0')], ['db']],
    ['waits for a predecessor', 'Delete', 'Delete', 1, [owner('Pod', 'db-1', 'before')], undefined],
    [
      'leaves another controller its claim',
      'Delete',
      'Delete',
      0,
      [theSet, owner('StatefulSet', 'other')],
      ['other'],
    ],
  ]
  it.each(table)('%s', (_, whenScaled, whenDeleted, ordinal, owners, expected) => {
    const wanted = wantedOwners(claim(...owners), set(whenScaled, whenDeleted), pod(`db-${ordinal}`))
    expect(wanted?.map(({ name }) => name)).toEqual(expected)
  })
  it('sees a conflict only where the policy deletes', () => {
    const foreign = claim(owner('StatefulSet', 'other'))
    expect(hasConflictingController(foreign, set('Retain', 'Delete'), pod('db-0'))).toBe(true)
    expect(hasConflictingController(foreign, set('Retain', 'Retain'), pod('db-0'))).toBe(false)
  })
})
