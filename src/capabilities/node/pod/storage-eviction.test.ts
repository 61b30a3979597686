import { expect, it } from 'vitest'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { limitsStorage, storageEviction } from './storage-eviction.ts'

const limited = (name: string, limit?: string) => ({
  name,
  ...(limit ? { resources: { limits: { 'ephemeral-storage': limit } } } : {}),
})
const MI = 2 ** 20

it.each<[string | undefined, object, Record<string, number>, Record<string, number>]>([
  [undefined, { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }] }, { v: MI }, {}],
  [
    'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
    { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }] },
    { v: MI + 1 },
    {},
  ],
  [undefined, { volumes: [{ name: 'v', emptyDir: {} }] }, { v: 100 * MI }, {}],
  [
    'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ',
    { containers: [limited('a', '1Mi'), limited('b', '2Mi')], volumes: [{ name: 'v', emptyDir: {} }] },
    { v: 2 * MI },
    { a: MI / 2, b: MI },
  ],
  [
    'Container a exceeded its local ephemeral storage limit "1Mi". ',
    { containers: [limited('a', '1Mi'), limited('b', '5Mi')] },
    {},
    { a: 2 * MI },
  ],
])('%s', (message, spec, volumes, containers) => {
  const pod = { spec: { containers: [], ...spec } } as unknown as Pod
  const usage = {
    volumes: new Map(Object.entries(volumes)),
    containers: new Map(Object.entries(containers)),
  }
  expect(storageEviction(pod, usage)).toBe(message)
  if (message) expect(limitsStorage(pod)).toBe(true)
})
