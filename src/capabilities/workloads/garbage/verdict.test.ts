import { describe, expect, it } from 'vitest'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { meta } from '../testing/objects.ts'
import { DependencyGraph, nodeOf } from './dependency-graph.ts'
import { type OwnerState, verdictOn } from './verdict.ts'

describe('verdict', () => {
  const judged = (
    owners: Record<string, OwnerState>,
    finalizers: string[] = [],
    dependents: { isDeletingDependents: boolean }[] = [],
  ) => verdictOn({ owners: new Map(Object.entries(owners)), finalizers, dependents })
  const gone = (policy: string, unblock = false) => ({ kind: 'delete', policy, unblock })

  it.each([
    ['no owners', judged({}), { kind: 'keep' }],
    ['an owner lives', judged({ a: 'present' }), { kind: 'keep' }],
    ['one of two lives', judged({ a: 'present', b: 'absent' }), { kind: 'drop-owners', uids: ['b'] }],
    ['nobody can tell', judged({ a: 'unknown', b: 'absent' }), { kind: 'drop-owners', uids: ['b'] }],
    ['all gone', judged({ a: 'absent' }), gone('Background')],
    ['all gone, but it asked to orphan', judged({ a: 'absent' }, ['orphan']), gone('Orphan')],
    ['all gone, in the foreground', judged({ a: 'absent' }, ['foregroundDeletion']), gone('Foreground')],
    ['its owner waits, it has nobody', judged({ a: 'deleting-dependents' }), gone('Background')],
    [
      'its owner waits, and so will it',
      judged({ a: 'deleting-dependents' }, [], [{ isDeletingDependents: false }]),
      gone('Foreground'),
    ],
    [
      'a circle is opened',
      judged({ a: 'deleting-dependents' }, [], [{ isDeletingDependents: true }]),
      gone('Foreground', true),
    ],
  ])('%s', (_name, verdict, expected) => {
    expect(verdict).toEqual(expected)
  })
})

describe('dependency graph', () => {
  const node = (name: string, owner?: string, more = {}) =>
    nodeOf(Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta(name, {
        ...(owner
          ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: owner, uid: `uid-${owner}` }] }
          : {}),
        ...more,
      }),
    })

  it('looks at a dependent whose owner it does not know, and not at one whose owner lives', () => {
    const graph = new DependencyGraph()
    expect(graph.put(node('child', 'owner'))).toEqual(['uid-child'])
    expect(graph.put(node('owner'))).toEqual([])
    expect(graph.put(node('second', 'owner'))).toEqual([])
    expect(graph.dependentsOf('uid-owner').map(({ name }) => name)).toEqual(['child', 'second'])
  })

  it('looks at dependents when their owner is gone, and at a waiting owner when they are', () => {
    const graph = new DependencyGraph()
    graph.put(node('owner'))
    graph.put(node('child', 'owner'))
    const waiting = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] }
    expect(graph.put(node('owner', undefined, waiting))).toEqual(['uid-owner', 'uid-child'])
    expect(graph.remove('uid-child')).toEqual(['uid-owner'])
    graph.put(node('child', 'owner'))
    expect(graph.remove('uid-owner')).toEqual(['uid-child'])
    expect(graph.hasDependents('uid-owner')).toBe(true)
    graph.remove('uid-child')
    expect(graph.hasDependents('uid-owner')).toBe(false)
    expect(graph.size).toBe(0)
  })
})
