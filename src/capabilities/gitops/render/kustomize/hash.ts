import { createHash } from 'node:crypto'
import type { Json } from '../../../../kube/schema/schema.ts'
import { RenderError } from '../render-error.ts'
import type { Resource } from './resource.ts'

/** Digits that could spell a word, or be taken for a number, are replaced, as kustomize does. */
const replaced: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' }

/** The suffix that kustomize gives a generated object: ten characters of a SHA-256 over kind, an empty name and the content. */
export function contentHash({ object }: Resource): string {
  const { kind } = object
  const content: Json = { kind, name: '' }
  if (kind === 'ConfigMap') {
    content['data'] = object['data'] ?? ''
    if (object['binaryData']) content['binaryData'] = object['binaryData']
  } else if (kind === 'Secret') {
    content['type'] = object['type'] ?? ''
    content['data'] = object['data'] ?? ''
    if (object['stringData']) content['stringData'] = object['stringData']
  } else throw new RenderError(`only ConfigMaps and Secrets have a content hash, not ${kind}`)
  const digest = createHash('sha256').update(goJson(content)).digest('hex')
  return [...digest.slice(0, 10)].map(digit => replaced[digit] ?? digit).join('')
}

/** JSON as Go's encoder writes it: sorted keys, and `<`, `>`, `&` and two line separators escaped. */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return `{${entries.map(([key, item]) => `${goJson(key)}:${goJson(item)}`).join(',')}}`
  }
  return JSON.stringify(value)
    .replace(/[<>&\u2028\u2029]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\\b/g, '\\u0008')
    .replace(/\\f/g, '\\u000c')
}
