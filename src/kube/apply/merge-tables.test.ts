import { describe, expect, it } from 'vitest'
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts'
import type { Json, Schema } from '../schema/schema.ts'
import { ApiError } from '../status.ts'
import { applyServerSide } from './apply.ts'
import { eachMember, type FieldSet, pathToString } from './field-set.ts'
import { trackUpdate } from './track-update.ts'

// What structured-merge-diff's documentation and its merge tests state, as sequences of writes by managers.
const text = { type: 'string' }
const set: Schema = { type: 'array', items: text, 'x-kubernetes-list-type': 'set' }
const keyed = (items: Schema, ...keys: string[]): Schema => ({
  type: 'array',
  items,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
})
const object = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties })
const schema = object({
  apiVersion: text,
  kind: text,
  metadata: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  text,
  number: { type: 'integer' },
  set,
  atomic: { type: 'array', items: text },
  whole: { ...object({ a: text, b: text }), 'x-kubernetes-map-type': 'atomic' },
  struct: object({ name: text, value: { type: 'integer' } }),
  map: { type: 'object', additionalProperties: text },
  lists: keyed(object({ name: text, value: set }), 'name'),
  maps: keyed(object({ name: text, value: { type: 'object', additionalProperties: text } }), 'name'),
  mapOfLists: { type: 'object', additionalProperties: set },
  ports: keyed(
    object({ port: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, name: text }),
    'port',
    'protocol',
  ),
})

type Operation = readonly [manager: string, verb: 'apply' | 'force' | 'update', fields: Json]
type Written = Json & { metadata: { managedFields?: ManagedFieldsEntry[] } }

function write(live: Written | undefined, [manager, verb, fields]: Operation): Written {
  const given = { apiVersion: 'e.org/v1', kind: 'X', metadata: { name: 'x' }, ...structuredClone(fields) }
  const about = { live, manager, schema, apiVersion: 'e.org/v1', time: '2026-01-01T00:00:00Z' }
  if (verb !== 'update')
    return applyServerSide({ ...about, applied: given, force: verb === 'force' }).object as Written
  const updated = { ...given, metadata: { ...given.metadata, ...structuredClone(live?.metadata) } }
  trackUpdate({ ...about, updated, operation: 'Update' })
  return updated as Written
}
const outcome = (...operations: Operation[]): Written =>
  operations.reduce<Written | undefined>(write, undefined) as Written

function fieldsOf({ apiVersion: _, kind: _kind, metadata: _metadata, ...fields }: Written): Json {
  return fields
}
function ownersOf(written: Written): Record<string, string> {
  const owners: Record<string, string> = {}
  for (const { manager = '', fieldsV1 } of written.metadata.managedFields ?? []) {
    const paths: string[] = []
    eachMember(fieldsV1 as FieldSet, path => paths.push(pathToString(path)))
    owners[manager] = paths.join(' ')
  }
  return owners
}

interface Case {
  name: string
  writes: Operation[]
  fields: Json
  owners: Record<string, string>
}
const cases: Case[] = [
  {
    name: 'the same apply twice is one',
    writes: [
      ['a', 'apply', { text: 'x', set: ['p'] }],
      ['a', 'apply', { text: 'x', set: ['p'] }],
    ],
    fields: { text: 'x', set: ['p'] },
    owners: { a: '.text .set[="p"]' },
  },
  {
    name: 'an applier that drops everything leaves nothing',
    writes: [
      ['a', 'apply', { struct: { name: 'n', value: 1 } }],
      ['a', 'apply', {}],
    ],
    fields: {},
    owners: {},
  },
  {
    name: 'what an updater changed is the updater’s',
    writes: [
      ['a', 'apply', { text: 'x' }],
      ['u', 'update', { text: 'y' }],
    ],
    fields: { text: 'y' },
    owners: { u: '.text' },
  },
  {
    name: 'an applier that no longer names what was taken from it leaves it',
    writes: [
      ['a', 'apply', { struct: { name: 'n' } }],
      ['u', 'update', { struct: { name: 'm', value: 1 } }],
      ['a', 'apply', {}],
    ],
    fields: { struct: { name: 'm', value: 1 } },
    owners: { u: '.struct.name .struct.value' },
  },
  {
    name: 'a struct stays for the field that an updater added',
    writes: [
      ['a', 'apply', { struct: { name: 'n' } }],
      ['u', 'update', { struct: { name: 'n', value: 1 } }],
      ['a', 'apply', { struct: {} }],
    ],
    fields: { struct: { value: 1 } },
    owners: { a: '.struct', u: '.struct.value' },
  },
  {
    name: 'a value that two apply goes with the last of them',
    writes: [
      ['a', 'apply', { number: 1 }],
      ['b', 'apply', { number: 1 }],
      ['a', 'apply', {}],
    ],
    fields: { number: 1 },
    owners: { b: '.number' },
  },
  {
    name: 'sets merge by value',
    writes: [
      ['a', 'apply', { set: ['p', 'q'] }],
      ['b', 'apply', { set: ['q', 'r'] }],
      ['a', 'apply', { set: ['p'] }],
    ],
    fields: { set: ['p', 'q', 'r'] },
    owners: { a: '.set[="p"]', b: '.set[="q"] .set[="r"]' },
  },
  {
    name: 'an applier orders what it applies',
    writes: [
      ['a', 'apply', { set: ['p', 'q', 'r', 's'] }],
      ['a', 'apply', { set: ['p', 's', 'r', 'q'] }],
    ],
    fields: { set: ['p', 's', 'r', 'q'] },
    owners: { a: '.set[="p"] .set[="q"] .set[="r"] .set[="s"]' },
  },
  {
    name: 'an item goes with what others have put into it when nobody else owns the item',
    writes: [
      ['a', 'apply', { lists: [{ name: 'x' }, { name: 'y', value: ['c'] }] }],
      ['b', 'apply', { lists: [{ name: 'x', value: ['b'] }] }],
      [
        'u',
        'update',
        {
          lists: [
            { name: 'x', value: ['b'] },
            { name: 'y', value: ['c', 'd'] },
          ],
        },
      ],
      ['a', 'apply', { lists: [{ name: 'x' }] }],
    ],
    fields: { lists: [{ name: 'x', value: ['b'] }] },
    owners: {
      a: '.lists[name="x"] .lists[name="x"].name',
      b: '.lists[name="x"] .lists[name="x"].name .lists[name="x"].value[="b"]',
    },
  },
  {
    name: 'an item that another applier owns stays, without what only the first had',
    writes: [
      ['a', 'apply', { lists: [{ name: 'x' }, { name: 'y', value: ['c'] }] }],
      ['b', 'apply', { lists: [{ name: 'y', value: ['d'] }] }],
      ['u', 'update', { lists: [{ name: 'x' }, { name: 'y', value: ['c', 'd', 'e'] }] }],
      ['a', 'apply', { lists: [{ name: 'x' }] }],
    ],
    fields: { lists: [{ name: 'x' }, { name: 'y', value: ['d', 'e'] }] },
    owners: {
      a: '.lists[name="x"] .lists[name="x"].name',
      b: '.lists[name="y"] .lists[name="y"].name .lists[name="y"].value[="d"]',
      u: '.lists[name="y"].value[="e"]',
    },
  },
  {
    name: 'another key is another item',
    writes: [
      ['a', 'apply', { maps: [{ name: 'x', value: { k: '1' } }] }],
      ['a', 'apply', { maps: [{ name: 'y', value: { l: '2' } }] }],
    ],
    fields: { maps: [{ name: 'y', value: { l: '2' } }] },
    owners: { a: '.maps[name="y"] .maps[name="y"].name .maps[name="y"].value.l' },
  },
  {
    name: 'lists in maps merge under their key',
    writes: [
      ['a', 'apply', { mapOfLists: { x: ['p'] } }],
      ['b', 'apply', { mapOfLists: { x: ['q'], y: ['r'] } }],
      ['b', 'apply', { mapOfLists: { x: ['q'] } }],
    ],
    fields: { mapOfLists: { x: ['p', 'q'] } },
    owners: { a: '.mapOfLists.x .mapOfLists.x[="p"]', b: '.mapOfLists.x .mapOfLists.x[="q"]' },
  },
  {
    name: 'atomic lists and maps are one piece',
    writes: [
      ['a', 'apply', { atomic: ['p'], whole: { a: '1' } }],
      ['b', 'force', { atomic: ['q'], whole: { b: '2' } }],
    ],
    fields: { atomic: ['q'], whole: { b: '2' } },
    owners: { b: '.atomic .whole' },
  },
  {
    name: 'a key that is left out is its default',
    writes: [
      ['a', 'apply', { ports: [{ port: 80 }, { port: 80, protocol: 'UDP' }] }],
      ['a', 'apply', { ports: [{ port: 80, protocol: 'UDP' }] }],
    ],
    fields: { ports: [{ port: 80, protocol: 'UDP' }] },
    owners: {
      a: '.ports[port=80,protocol="UDP"] .ports[port=80,protocol="UDP"].port .ports[port=80,protocol="UDP"].protocol',
    },
  },
  {
    name: 'force takes what differs, and shares what does not',
    writes: [
      ['a', 'apply', { text: 'x', number: 1 }],
      ['b', 'force', { text: 'y', number: 1 }],
    ],
    fields: { text: 'y', number: 1 },
    owners: { a: '.number', b: '.number .text' },
  },
]

describe('the merge tables', () => {
  it.each(cases)('$name', ({ writes, fields, owners }) => {
    const written = outcome(...writes)
    expect(fieldsOf(written)).toEqual(fields)
    expect(ownersOf(written)).toEqual(owners)
  })

  it.each<[string, Operation[], string]>([
    [
      'a value that another applied',
      [
        ['a', 'apply', { text: 'x' }],
        ['b', 'apply', { text: 'y' }],
      ],
      'conflict with "a": .text',
    ],
    [
      'a value that was updated since',
      [
        ['a', 'apply', { text: 'x' }],
        ['u', 'update', { text: 'y' }],
        ['a', 'apply', { text: 'x' }],
      ],
      'conflict with "u" using e.org/v1: .text',
    ],
    [
      'a field of an item whose key was left out',
      [
        ['a', 'apply', { ports: [{ port: 80, protocol: 'TCP', name: 'foo' }] }],
        ['b', 'apply', { ports: [{ port: 80, name: 'bar' }] }],
      ],
      'conflict with "a": .ports[port=80,protocol="TCP"].name',
    ],
    [
      'an atomic list',
      [
        ['a', 'apply', { atomic: ['p'] }],
        ['b', 'apply', { atomic: ['p', 'q'] }],
      ],
      'conflict with "a": .atomic',
    ],
    [
      'two items with one key, one of them by default',
      [['a', 'apply', { ports: [{ port: 80 }, { port: 80, protocol: 'TCP' }] }]],
      'duplicate entries for key',
    ],
    [
      'an item without its key',
      [['a', 'apply', { ports: [{ name: 'x' }] }]],
      'associative list with keys has an element that omits key field "port"',
    ],
    [
      'a field that nobody declared',
      [['a', 'apply', { absent: 1 }]],
      '.absent: field not declared in schema',
    ],
  ])('refuse %s', (_, writes, message) => {
    expect(() => outcome(...writes)).toThrow(ApiError)
    expect(() => outcome(...writes)).toThrow(message)
  })
})
