import { type Overload, overload } from '../../languages/cel/overload.ts'
import {
  anyFields,
  dynType,
  type Field,
  listOf,
  objectType,
  stringType,
  type Type,
} from '../../languages/cel/type.ts'

const field = (jsonName: string, type: Type): [string, Field] => [jsonName, { jsonName, type }]

const patchType = objectType(
  'JSONPatch',
  new Map([
    field('op', stringType),
    field('path', stringType),
    field('from', stringType),
    field('value', dynType),
  ]),
)

/** What the expression of an apply configuration yields. */
export const applyConfigurationType = objectType('Object', anyFields)
/** What the expression of a JSON patch yields. */
export const jsonPatchType = listOf(patchType)

/** `Object` and `Object.spec.template…`, of whose fields nothing is known; and `JSONPatch`, one operation. */
export function patchTypes(name: string): Type | undefined {
  if (name === 'JSONPatch') return patchType
  if (name === 'Object') return applyConfigurationType
  return name.startsWith('Object.') ? objectType(name, anyFields) : undefined
}

export const patchLibrary: readonly Overload[] = [
  overload('string_jsonpatch_escapeKey_string', 'jsonpatch.escapeKey(string): string', (key: string) =>
    key.replace(/[~/]/g, character => (character === '/' ? '~1' : '~0')),
  ),
]
