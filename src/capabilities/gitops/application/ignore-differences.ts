import { copyJson } from '../../../kube/copy.ts'
import { parseApiVersion } from '../../../kube/kind.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isJsonObject, type Json } from '../../../kube/schema/schema.ts'
import type { ApplicationSpecIgnoreDifferencesItem } from '../kinds/generated/application.ts'

export type IgnoreRule = ApplicationSpecIgnoreDifferencesItem

const matches = (rule: IgnoreRule, object: ManifestObject): boolean =>
  (rule.group === '*' || (rule.group ?? '') === parseApiVersion(object.apiVersion).group) &&
  (rule.kind === '*' || rule.kind === object.kind) &&
  (!rule.name || rule.name === object.metadata.name) &&
  (!rule.namespace || rule.namespace === object.metadata.namespace)

/** The JSON pointers (RFC 6901) that the rules name for an object. */
const pointersFor = (rules: readonly IgnoreRule[], object: ManifestObject): string[] =>
  rules.filter(rule => matches(rule, object)).flatMap(rule => rule.jsonPointers ?? [])

/** The desired object with the live values of the fields that are to be ignored. */
export function adoptIgnoredFields(
  desired: ManifestObject,
  live: KubeObject,
  rules: readonly IgnoreRule[] | undefined,
): ManifestObject {
  const pointers = pointersFor(rules ?? [], desired)
  if (pointers.length === 0) return desired
  const result = copyJson(desired)
  for (const pointer of pointers) {
    const path = pointer
      .split('/')
      .slice(1)
      .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    adopt(result, live, path)
  }
  return result
}

function adopt(desired: unknown, live: unknown, [token, ...rest]: readonly string[]): void {
  if (token === undefined) return
  const child = childOf(live, token)
  if (!isJsonObject(desired) && !Array.isArray(desired)) return
  // Items of a list are reached by their index, fields by their name: both are keys of a JavaScript object.
  const parent = desired as Json
  if (rest.length > 0) {
    if (parent[token] === undefined && isJsonObject(child)) parent[token] = {}
    adopt(parent[token], child, rest)
  } else if (child === undefined) {
    if (Array.isArray(desired)) desired.splice(Number(token), 1)
    else delete parent[token]
  } else parent[token] = copyJson(child)
}

const childOf = (value: unknown, token: string): unknown =>
  isJsonObject(value) || Array.isArray(value) ? (value as Json)[token] : undefined
