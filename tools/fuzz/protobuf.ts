import { equalJson } from '../../src/kube/copy.ts'
import { decodeProtobuf } from '../../src/kube/protobuf/decode.ts'
import { encodeProtobuf, hasProtobuf } from '../../src/kube/protobuf/encode.ts'
import { builtinResources } from '../../src/kube/resources.ts'
import type { Json } from '../../src/kube/schema/schema.ts'
import { ApiError } from '../../src/kube/status.ts'
import { objectOf } from './object-of-schema.ts'
import { answered, type Fuzz, holds, property } from './property.ts'
import type { Random } from './random.ts'

const kinds = builtinResources().filter(
  ({ group, version, kind, schema }) =>
    schema && kind !== 'CustomResourceDefinition' && hasProtobuf(apiVersionOf(group, version), kind),
)
function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}

function object(random: Random): Json {
  const { group, version, kind, schema } = random.pick(kinds)
  // Those without a schema are filtered out above.
  return { ...objectOf(schema ?? {}, random), apiVersion: apiVersionOf(group, version), kind }
}

/** Protobuf does not tell an empty list or map from none, nor embedded objects' types; micro times have their own form. */
function comparable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace('.000000Z', 'Z')
  if (Array.isArray(value)) return value.map(item => comparable(item) ?? {})
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key]) => key !== 'apiVersion' && key !== 'kind')
    .map(([key, child]) => [key, comparable(child)] as const)
    .filter(([, child]) => child !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
const stripped = (value: unknown): unknown => comparable(dropEmpty(comparable(value)))
function dropEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(dropEmpty)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, child]) => [key, dropEmpty(child)] as const)
      .filter(([, child]) => child !== undefined),
  )
}

export const protobufFuzz: Fuzz = {
  properties: [
    property<Json>({
      name: 'an object survives being encoded, and its bytes being decoded',
      generate: object,
      check(value) {
        const bytes = encodeProtobuf(value)
        const decoded = decodeProtobuf(bytes).object
        holds(equalJson(stripped(decoded), stripped(value)), `became ${JSON.stringify(decoded)}`)
        holds(encodeProtobuf(decoded).equals(bytes), 'its bytes changed')
      },
    }),
    property<string>({
      name: 'bytes of any kind are decoded or refused',
      generate: random => {
        const bytes = Buffer.from(encodeProtobuf(object(random)))
        for (let edits = 1 + random.below(6); edits > 0; edits--)
          bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)])
        return bytes
          .subarray(0, random.chance(0.3) ? random.below(bytes.length) : undefined)
          .toString('latin1')
      },
      check(text) {
        const decoded = answered(() => decodeProtobuf(Buffer.from(text, 'latin1')), ApiError)
        if (decoded) JSON.stringify(decoded.object)
      },
    }),
  ],
}
