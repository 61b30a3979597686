import { describe, expect, it } from 'vitest'
import { deployment, replicaSet } from '../testing/objects.ts'
import { newAnnotations, REVISION, REVISION_HISTORY } from './annotations.ts'
import { beyondHistory, nextRevision, splitGenerations } from './revisions.ts'
import { isSameTemplate, templateHash } from './template-hash.ts'

const revised = (name: string, revision: number | bigint, replicas = 0) =>
  replicaSet(name, replicas, replicas, { annotations: { [REVISION]: String(revision) } })

describe('revisions', () => {
  it('count from the highest of the old ones', () => {
    expect(nextRevision([])).toBe(1n)
    expect(nextRevision([revised('a', 3), revised('b', 7)])).toBe(8n)
    expect(nextRevision([revised('a', 3546343826724305832n)])).toBe(3546343826724305833n)
  })

  it('remember what a ReplicaSet was before it came back', () => {
    const before = { [REVISION]: '1', [REVISION_HISTORY]: '' }
    const after = newAnnotations(deployment(), before, 3n)
    expect(after).toMatchObject({ [REVISION]: '3', [REVISION_HISTORY]: '1' })
    expect(newAnnotations(deployment(), after, 5n)).toMatchObject({ [REVISION_HISTORY]: '1,3' })
  })

  it("take the Deployment's annotations but kubectl's own", () => {
    const subject = deployment(
      {},
      {},
      {
        annotations: {
          'kubernetes.io/change-cause': 'v2',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
        },
      },
    )
    const result = newAnnotations(subject, undefined, 1n)
    expect(result['kubernetes.io/change-cause']).toBe('v2')
    expect(Object.keys(result)).not.toContain('kubectl.kubernetes.io/last-applied-configuration')
  })

  it('are forgotten beyond the limit, oldest first, and only when empty', () => {
    const old = [revised('c', 3), revised('a', 1), revised('b', 2, 1)]
    const names = beyondHistory(deployment({ revisionHistoryLimit: 1 }), old).map(each => each.metadata.name)
    expect(names).toEqual(['a'])
  })
})

describe('templates', () => {
  const template = deployment().spec.template
  it('are found again by content, without the hash label', () => {
    const labelled = { ...template, metadata: { labels: { app: 'web', 'pod-template-hash': 'x' } } }
    expect(isSameTemplate(template, labelled)).toBe(true)
    const other = { ...template, spec: { containers: [{ name: 'web', image: 'two' }] } }
    expect(isSameTemplate(template, other)).toBe(false)
    const twin = replicaSet('twin', 0, 0, { creationTimestamp: '2026-01-02T00:00:00Z' })
    const first = replicaSet('zz-first', 0)
    expect(splitGenerations(deployment(), [twin, first]).fresh).toBe(first)
  })

  it('hash to safe letters, differently after a collision', () => {
    expect(templateHash(template, undefined)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
    expect(templateHash(template, 1)).not.toBe(templateHash(template, undefined))
  })
})
