import { createHmac, randomBytes } from 'node:crypto'
import { stringify } from 'yaml'
import { copyJson, equalJson } from '../../../kube/copy.ts'
import { parseApiVersion } from '../../../kube/kind.ts'
import { isJsonObject, type Json } from '../../../kube/schema/schema.ts'
import { describeObject, identityOf } from '../application/target.ts'
import { TRACKING_ID } from '../application/tracking.ts'
import { unifiedDiff } from './line-diff.ts'

interface AnyObject {
  apiVersion: string
  kind: string
  metadata: {
    name?: string | undefined
    namespace?: string | undefined
    annotations?: Record<string, string> | undefined
  }
}

export interface ObjectDiff {
  action: 'added' | 'changed' | 'removed'
  apiVersion: string
  kind: string
  namespace?: string
  name: string
  /** The difference of their YAML. Values of Secrets are not shown, only that they differ. */
  diff: string
}

/** The differences between two sets of objects, in order of their identity. */
export function diffObjects(before: readonly AnyObject[], after: readonly AnyObject[]): ObjectDiff[] {
  const old = new Map(before.map(object => [identityOf(object), object]))
  const fresh = new Map(after.map(object => [identityOf(object), object]))
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().flatMap(identity => {
    const difference = diffObject(old.get(identity), fresh.get(identity))
    return difference ? [difference] : []
  })
}

/** The difference between two states of an object; undefined when there is none. */
export function diffObject(
  before: AnyObject | undefined,
  after: AnyObject | undefined,
): ObjectDiff | undefined {
  const subject = after ?? before
  const key = randomBytes(16)
  const [old, fresh] = [before && presentable(before, key), after && presentable(after, key)]
  if (!subject || equalJson(old, fresh)) return undefined
  const { name = '', namespace } = subject.metadata
  return {
    action: !before ? 'added' : after ? 'changed' : 'removed',
    apiVersion: subject.apiVersion,
    kind: subject.kind,
    ...(namespace ? { namespace } : {}),
    name,
    diff: unifiedDiff(toYaml(old), toYaml(fresh)),
  }
}

const toYaml = (object: unknown): string =>
  object === undefined ? '' : stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })

/** Without the tracking annotation, with Secret values hidden, fields in one order. */
function presentable(object: AnyObject, key: Uint8Array): Json {
  const copy = copyJson(object) as unknown as Json
  const metadata = copy['metadata'] as Json
  const annotations = metadata['annotations']
  if (isJsonObject(annotations)) {
    delete annotations[TRACKING_ID]
    if (Object.keys(annotations).length === 0) delete metadata['annotations']
  }
  if (object.kind === 'Secret' && parseApiVersion(object.apiVersion).group === '')
    for (const field of ['data', 'stringData'])
      if (isJsonObject(copy[field]))
        copy[field] = Object.fromEntries(
          Object.entries(copy[field]).map(([name, value]) => [name, hidden(value, key)]),
        )
  const { apiVersion, kind, ...rest } = copy
  return { apiVersion, kind, ...(sorted(rest) as Json) }
}

/** Tells different values apart without telling what they are: the key is made anew for each pair of objects. */
const hidden = (value: unknown, key: Uint8Array): string =>
  `(hidden ${createHmac('sha256', key).update(String(value)).digest('hex').slice(0, 8)})`

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  )
}

/** `1 added, 2 changed`, or `no change`. */
export function summarise(differences: readonly { action: ObjectDiff['action'] }[]): string {
  const parts = (['added', 'changed', 'removed'] as const).flatMap(action => {
    const count = differences.filter(difference => difference.action === action).length
    return count > 0 ? [`${count} ${action}`] : []
  })
  return parts.length > 0 ? parts.join(', ') : 'no change'
}

const signs = { added: '+', changed: '~', removed: '-' } as const

/** The differences as a terminal shows them: a line an object, then its change. */
export const diffText = (differences: readonly ObjectDiff[]): string =>
  differences
    .map(difference => {
      const { apiVersion, kind, name, namespace } = difference
      const what = describeObject({ apiVersion, kind, metadata: { name, namespace } })
      return `${signs[difference.action]} ${what}\n${difference.diff}`
    })
    .join('\n')
