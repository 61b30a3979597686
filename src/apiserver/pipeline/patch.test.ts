import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import type { ApiRequest } from '../request.ts'
import { asking, coreTarget, failure } from '../testing.ts'

// What kube-apiserver 1.36 answers to the same patches.

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
const { ask, create } = asking(() => api)
const configMaps = coreTarget('configmaps', 'default')
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory' })
  await create(configMaps, 'x', { data: { a: '1' } })
})
afterEach(() => api[Symbol.asyncDispose]())

const patch = (patchType: ApiRequest['patchType'], body: unknown) =>
  failure(ask(configMaps, 'patch', 'x', { patchType, body }))

const noName =
  '400 BadRequest: the name of the object (x based on URL) was undeterminable: name must be provided'

describe('refusals of a patch', () => {
  const rows: [ApiRequest['patchType'], unknown, string][] = [
    [
      'merge',
      [],
      '400 BadRequest: error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      'merge',
      5,
      '400 BadRequest: error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}',
    ],
    ['merge', null, '400 BadRequest: Invalid JSON Patch'],
    ['merge', { metadata: null }, noName],
    ['strategic', { $patch: 'replace' }, noName],
    [
      'strategic',
      [],
      '400 BadRequest: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      'strategic',
      { metadata: { ownerReferences: [{ name: 'o' }] } },
      '500 : map: map[name:o] does not contain declared merge key: uid',
    ],
    [
      'merge',
      { metadata: { uid: 'other' } },
      '422 Invalid: ConfigMap "x" is invalid: metadata.uid: Invalid value: "other": field is immutable',
    ],
    [
      'merge',
      { metadata: { finalizers: ['mine'] } },
      '422 Invalid: ConfigMap "x" is invalid: metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ]
  it.each(rows)('%s %j', async (type, body, expected) => {
    expect(await patch(type, body)).toBe(expected)
  })
})
