import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pod } from '../../../../kube/generated/core-v1.ts'
import { userOf } from './security.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'drave-image-'))
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nlogs:x:50000:other,web\nwebs:x:50001:webmaster\n')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const user = (securityContext: object, image = 'web') =>
  userOf(
    { metadata: { name: 'p' }, spec: { containers: [], securityContext } } as unknown as Pod,
    { name: 'c' },
    { user: image, root },
  )

describe('the user of a container', () => {
  it.each([
    [{}, 'web', { uid: 1000, gid: 1000, additionalGids: [50_000] }],
    [{ supplementalGroupsPolicy: 'Strict' }, 'web', { uid: 1000, gid: 1000, additionalGids: [] }],
    [{ runAsUser: 1000, supplementalGroups: [7] }, '', { uid: 1000, gid: 1000, additionalGids: [50_000, 7] }],
    [{ runAsUser: 5, fsGroup: 9 }, '', { uid: 5, gid: 0, additionalGids: [9] }],
    [{ runAsGroup: 3 }, '0:4', { uid: 0, gid: 3, additionalGids: [] }],
  ])('under %j in an image of %s', (securityContext, image, expected) => {
    expect(user(securityContext, image)).toEqual(expected)
  })

  it('is not root where that is forbidden', () => {
    expect(() => user({ runAsNonRoot: true }, '')).toThrow(
      'container has runAsNonRoot and image will run as root',
    )
  })
})
