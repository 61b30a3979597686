import { applyServerSide } from '../../src/kube/apply/apply.ts'
import { type FieldSet, isEmptySet } from '../../src/kube/apply/field-set.ts'
import { fieldSchema } from '../../src/kube/apply/structure.ts'
import { trackUpdate } from '../../src/kube/apply/track-update.ts'
import { copyJson, equalJson } from '../../src/kube/copy.ts'
import type { ManagedFieldsEntry } from '../../src/kube/generated/meta-v1.ts'
import { builtinSchema } from '../../src/kube/schema/builtin.ts'
import { dropZeros, writeZeros } from '../../src/kube/schema/go-form.ts'
import { isJsonObject, type Json, type Schema } from '../../src/kube/schema/schema.ts'
import { ApiError } from '../../src/kube/status.ts'
import { objectOf } from './object-of-schema.ts'
import { type Fuzz, holds, property } from './property.ts'
import type { Random } from './random.ts'

const kinds = [
  { apiVersion: 'v1', kind: 'Pod', schema: builtinSchema('', 'v1', 'Pod') as Schema },
  { apiVersion: 'v1', kind: 'Service', schema: builtinSchema('', 'v1', 'Service') as Schema },
  { apiVersion: 'apps/v1', kind: 'Deployment', schema: builtinSchema('apps', 'v1', 'Deployment') as Schema },
]
const managers = ['one', 'two', 'three']

interface Write {
  manager: string
  how: 'apply' | 'force' | 'update'
  spec: unknown
}
type Owned = Json & { metadata: Json & { managedFields?: ManagedFieldsEntry[] } }

/** A spec as the pipeline decodes it: without what Go takes for absent. */
function specOf(schema: Schema, random: Random): unknown {
  const object = objectOf(schema, random, 6)
  dropZeros(schema, object)
  return object['spec'] ?? {}
}

const write = (schema: Schema, random: Random): Write => ({
  manager: random.pick(managers),
  how: random.pick(['apply', 'force', 'force', 'update']),
  spec: random.chance(0.1) ? {} : specOf(schema, random),
})

/** Does one write as the API does; undefined where it conflicts. */
function done(index: number, live: Owned | undefined, { manager, how, spec }: Write): Owned | undefined {
  const { apiVersion, kind, schema } = kinds[index] ?? kinds[0]!
  const given = { apiVersion, kind, metadata: { name: 'a', namespace: 'b' }, spec: copyJson(spec) }
  const time = '2026-01-01T00:00:00Z'
  if (how === 'update') {
    const updated = { ...given, metadata: { ...copyJson(live?.metadata ?? {}), ...given.metadata } }
    writeZeros(schema, updated)
    trackUpdate({ live, updated, manager, operation: 'Update', schema, apiVersion, time })
    return updated as Owned
  }
  const before = copyJson([live, given])
  try {
    const { object } = applyServerSide({
      live,
      applied: given,
      manager,
      force: how === 'force',
      schema,
      apiVersion,
      time,
    })
    holds(equalJson(before, [live, given]), 'an input was changed')
    return object as Owned
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    holds(how === 'apply' && error.reason === 'Conflict', `${how} was refused: ${error.message}`)
    holds((error.status.details?.causes?.length ?? 0) > 0, 'a conflict without causes')
    return undefined
  }
}

const entries = (object: Owned): ManagedFieldsEntry[] => object.metadata.managedFields ?? []

interface Place {
  value: unknown
  schema: Schema | undefined
  path: string
}

/** Each path of a set leads to something in the object, or to what Go always writes, if only as null. */
function requirePaths(set: FieldSet, { value, schema, path }: Place): void {
  for (const [element, below] of Object.entries(set)) {
    if (element === '.') continue
    const [type, text = ''] = [element.slice(0, 1), element.slice(2)]
    const place = `${path} ${element}`
    const child = member(value, type, text)
    const isWritten = type === 'f' && schema?.written !== undefined && Object.hasOwn(schema.written, text)
    holds(child !== undefined || isWritten, `${place} is owned, and not there`)
    const of = type === 'f' ? fieldSchema(schema, text) : schema?.items
    if (!isEmptySet(below) && child !== undefined)
      requirePaths(below, { value: child, schema: of, path: place })
  }
}

function member(value: unknown, type: string, text: string): unknown {
  if (type === 'f') return isJsonObject(value) && Object.hasOwn(value, text) ? value[text] : undefined
  if (!Array.isArray(value)) return undefined
  if (type === 'v') return value.find(item => equalJson(item, JSON.parse(text)))
  const key = JSON.parse(text) as Json
  return value.find(item => Object.entries(key).every(([name, wanted]) => fits(item, name, wanted)))
}
/** A key that is absent stands for its default. */
const fits = (item: unknown, name: string, wanted: unknown): boolean =>
  isJsonObject(item) && (equalJson(item[name], wanted) || (item[name] === undefined && wanted === 'TCP'))

/** Nothing but empty lists and maps. */
const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(isEmpty)

/** Everything that was applied is there as it was given; an empty list or map may be none. */
function requireValues(config: unknown, object: unknown, path: string): void {
  if (isEmpty(config) && object === undefined) return
  if (isJsonObject(config)) {
    for (const [key, value] of Object.entries(config))
      requireValues(value, isJsonObject(object) ? object[key] : undefined, `${path}.${key}`)
  } else if (Array.isArray(config)) {
    holds(Array.isArray(object) && object.length >= config.length, `${path} lost items`)
  } else holds(equalJson(config, object), `${path} is not as applied`)
}

export const applyFuzz: Fuzz = {
  properties: [
    property<[number, Write[]]>({
      name: 'applies, by force or not, and updates in any order keep owners and values together',
      generate: random => {
        const index = random.below(kinds.length)
        const schema = (kinds[index] ?? kinds[0]!).schema
        return [index, random.list(6, () => write(schema, random))]
      },
      check([index, writes]) {
        // Empty lists do not come through decoding.
        if (JSON.stringify(writes).includes('[]')) return
        let live: Owned | undefined
        for (const each of writes) {
          if (!managers.includes(each.manager) || !each.how || !isJsonObject(each.spec)) return
          const next = done(index, live, each)
          if (!next) continue
          for (const { fieldsV1 } of entries(next))
            requirePaths(fieldsV1 as FieldSet, { value: next, schema: kinds[index]?.schema, path: '' })
          if (each.how !== 'update') {
            requireValues(each.spec, next['spec'], 'spec')
            const again = done(index, next, each)
            holds(equalJson(again, next), 'the same apply once more changed something')
          }
          const identities = entries(next).map(({ manager, operation }) => `${manager} ${operation}`)
          holds(new Set(identities).size === identities.length, `owners twice: ${identities}`)
          live = next
        }
      },
    }),
    property<[number, unknown, unknown]>({
      name: 'what one manager alone applied goes when it applies nothing, and the rest stays',
      generate: random => {
        const index = random.below(kinds.length)
        const schema = (kinds[index] ?? kinds[0]!).schema
        return [index, specOf(schema, random), specOf(schema, random)]
      },
      check([index, first, second]) {
        const one = done(index, undefined, { manager: 'one', how: 'apply', spec: first })
        const both = done(index, one, { manager: 'two', how: 'apply', spec: second })
        if (!both) return
        const left = done(index, both, { manager: 'one', how: 'apply', spec: {} })
        holds(left !== undefined, 'applying nothing conflicts')
        requireValues(second, left['spec'] ?? {}, 'spec')
        const none = done(index, left, { manager: 'two', how: 'apply', spec: {} })
        // Nobody owns an empty list.
        holds(isEmpty(none?.['spec'] ?? {}), `left: ${JSON.stringify(none?.['spec'])}`)
      },
    }),
    property<[number, unknown, unknown]>({
      name: 'force takes every field that differs from the others',
      generate: random => {
        const index = random.below(kinds.length)
        const schema = (kinds[index] ?? kinds[0]!).schema
        return [index, specOf(schema, random), specOf(schema, random)]
      },
      check([index, first, second]) {
        const one = done(index, undefined, { manager: 'one', how: 'apply', spec: first })
        const forced = done(index, one, { manager: 'two', how: 'force', spec: second })
        holds(forced !== undefined, 'force was refused')
        requireValues(second, forced['spec'] ?? {}, 'spec')
        // What both own has one value, so that neither conflicts when it applies what is there.
        const same = done(index, forced, { manager: 'two', how: 'apply', spec: second })
        holds(equalJson(same, forced), 'the one who forced conflicts or changes')
      },
    }),
  ],
}
