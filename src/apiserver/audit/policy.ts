import { isJsonObject, type Json } from '../../kube/schema/schema.ts'
import type { Attributes, ResourceAttributes } from '../rbac/attributes.ts'

/** How much of a request is recorded, in rising order. */
export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof LEVELS)[number]
const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof STAGES)[number]

interface GroupResources {
  group: string
  resources: readonly string[]
  resourceNames: readonly string[]
}

interface AuditRule {
  level: Level
  users: readonly string[]
  userGroups: readonly string[]
  verbs: readonly string[]
  resources: readonly GroupResources[]
  namespaces: readonly string[]
  nonResourceURLs: readonly string[]
  omitStages: readonly Stage[]
  omitManagedFields: boolean
}

/** `audit.k8s.io/v1` Policy: the first rule that fits decides; without one nothing is recorded. */
export interface AuditPolicy {
  rules: readonly AuditRule[]
}

/** What is recorded of one request. */
export interface Recording {
  level: Exclude<Level, 'None'>
  omitStages: readonly Stage[]
  omitManagedFields: boolean
}

/** What the policy wants to have recorded of a request; undefined: nothing. */
export function recordingOf({ rules }: AuditPolicy, asked: Attributes): Recording | undefined {
  const rule = rules.find(candidate => fits(candidate, asked))
  if (!rule || rule.level === 'None') return undefined
  const { level, omitStages, omitManagedFields } = rule
  return { level, omitStages, omitManagedFields }
}

function fits(rule: AuditRule, asked: Attributes): boolean {
  const { user, verb } = asked
  if (rule.users.length > 0 && !rule.users.includes(user.username)) return false
  if (rule.userGroups.length > 0 && !user.groups.some(group => rule.userGroups.includes(group))) return false
  if (rule.verbs.length > 0 && !rule.verbs.includes(verb)) return false
  if (rule.namespaces.length > 0 || rule.resources.length > 0)
    return !('path' in asked) && fitsResource(rule, asked)
  if (rule.nonResourceURLs.length > 0)
    return 'path' in asked && rule.nonResourceURLs.some(url => fitsPath(url, asked.path))
  return true
}

const fitsPath = (url: string, path: string): boolean =>
  url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)))

function fitsResource(rule: AuditRule, asked: ResourceAttributes): boolean {
  if (rule.namespaces.length > 0 && !rule.namespaces.includes(asked.namespace)) return false
  if (rule.resources.length === 0) return true
  const { resource, subresource } = asked
  const whole = subresource ? `${resource}/${subresource}` : resource
  return rule.resources.some(({ group, resources, resourceNames }) => {
    if (group !== asked.group) return false
    if (resources.length === 0) return true
    if (resourceNames.length > 0 && !resourceNames.includes(asked.name)) return false
    return resources.some(
      name =>
        name === '*' ||
        name === whole ||
        (subresource !== '' && name === `*/${subresource}`) ||
        name === `${resource}/*`,
    )
  })
}

/** Reads a policy. Throws Error naming the field that is wrong. */
export function parsePolicy(value: unknown): AuditPolicy {
  if (!isJsonObject(value) || value.kind !== 'Policy' || value.apiVersion !== 'audit.k8s.io/v1')
    throw new Error('must be a Policy of audit.k8s.io/v1')
  const everywhere = stages(value.omitStages, 'omitStages')
  if (!Array.isArray(value.rules)) throw new Error('rules: Required value')
  return {
    rules: value.rules.map((rule: unknown, index) => {
      const at = `rules[${index}]`
      if (!isJsonObject(rule)) throw new Error(`${at}: must be an object`)
      const level = LEVELS.find(known => known === rule.level)
      if (!level) throw new Error(`${at}.level: must be one of ${LEVELS.join(', ')}`)
      const parsed: AuditRule = {
        level,
        users: texts(rule.users, `${at}.users`),
        userGroups: texts(rule.userGroups, `${at}.userGroups`),
        verbs: texts(rule.verbs, `${at}.verbs`),
        namespaces: texts(rule.namespaces, `${at}.namespaces`),
        nonResourceURLs: texts(rule.nonResourceURLs, `${at}.nonResourceURLs`),
        resources: objects(rule.resources, `${at}.resources`).map((resource, position) => ({
          group: typeof resource.group === 'string' ? resource.group : '',
          resources: texts(resource.resources, `${at}.resources[${position}].resources`),
          resourceNames: texts(resource.resourceNames, `${at}.resources[${position}].resourceNames`),
        })),
        omitStages: [...everywhere, ...stages(rule.omitStages, `${at}.omitStages`)],
        omitManagedFields: (rule.omitManagedFields ?? value.omitManagedFields) === true,
      }
      if (parsed.nonResourceURLs.length > 0 && parsed.resources.length + parsed.namespaces.length > 0)
        throw new Error(
          `${at}.nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs`,
        )
      return parsed
    }),
  }
}

function texts(value: unknown, at: string): string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every(item => typeof item === 'string'))
    throw new Error(`${at}: must be a list of texts`)
  return value
}

function objects(value: unknown, at: string): Json[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every(isJsonObject)) throw new Error(`${at}: must be a list of objects`)
  return value
}

function stages(value: unknown, at: string): Stage[] {
  return texts(value, at).map(name => {
    const stage = STAGES.find(known => known === name)
    if (!stage) throw new Error(`${at}: must be one of ${STAGES.join(', ')}`)
    return stage
  })
}
