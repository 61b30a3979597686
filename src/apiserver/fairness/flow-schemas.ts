import type {
  FlowSchema,
  NonResourcePolicyRule,
  ResourcePolicyRule,
  Subject,
} from '../../kube/generated/flowcontrol-v1.ts'
import { serviceAccountOf } from '../auth/users.ts'
import type { Attributes, ResourceAttributes } from '../rbac/attributes.ts'
import { urlCovers } from '../rbac/rule-allows.ts'
import type { UserInfo } from '../request.ts'

/** Where a request queues. */
export interface Flow {
  /** The name of its PriorityLevelConfiguration. */
  level: string
  /** Requests of one flow wait for each other. */
  key: string
}

const ALL = '*'

/** The order in which schemas are asked: by precedence, then by name. */
export const byPrecedence = (one: FlowSchema, other: FlowSchema): number =>
  (one.spec.matchingPrecedence ?? 1000) - (other.spec.matchingPrecedence ?? 1000) ||
  (one.metadata.name < other.metadata.name ? -1 : 1)

/** The first schema that fits a request, as upstream's matching; undefined where none does. */
export const schemaFor = (schemas: readonly FlowSchema[], asked: Attributes): FlowSchema | undefined =>
  schemas.find(({ spec }) =>
    spec.rules?.some(
      ({ subjects, resourceRules = [], nonResourceRules = [] }) =>
        subjects.some(subject => isSubject(subject, asked.user)) &&
        ('path' in asked
          ? nonResourceRules.some(rule => fitsPath(rule, asked))
          : resourceRules.some(rule => fitsResource(rule, asked))),
    ),
  )

/** The flow of a request that a schema fits. */
export const flowOf = (schema: FlowSchema, asked: Attributes): Flow => ({
  level: schema.spec.priorityLevelConfiguration.name,
  key: `${schema.metadata.name} ${distinguished(schema, asked)}`,
})

function distinguished({ spec }: FlowSchema, asked: Attributes): string {
  switch (spec.distinguisherMethod?.type) {
    case 'ByUser':
      return asked.user.username
    case 'ByNamespace':
      return 'path' in asked ? '' : asked.namespace
    default:
      return ''
  }
}

function isSubject({ kind, user, group, serviceAccount }: Subject, { username, groups }: UserInfo): boolean {
  switch (kind) {
    case 'User':
      return user?.name === ALL || user?.name === username
    case 'Group':
      return group !== undefined && (group.name === ALL || groups.includes(group.name))
    case 'ServiceAccount': {
      const account = serviceAccountOf(username)
      if (!account || !serviceAccount || account.namespace !== serviceAccount.namespace) return false
      return serviceAccount.name === ALL || serviceAccount.name === account.name
    }
    default:
      return false
  }
}

const hasOrAll = (values: readonly string[], value: string) => values.includes(value) || values.includes(ALL)

const fitsPath = (rule: NonResourcePolicyRule, { verb, path }: { verb: string; path: string }): boolean =>
  hasOrAll(rule.verbs, verb) && rule.nonResourceURLs.some(url => urlCovers(url, path))

function fitsResource(rule: ResourcePolicyRule, asked: ResourceAttributes): boolean {
  const { verb, group, resource, subresource, namespace } = asked
  const whole = subresource ? `${resource}/${subresource}` : resource
  if (!hasOrAll(rule.verbs, verb) || !hasOrAll(rule.apiGroups, group) || !hasOrAll(rule.resources, whole))
    return false
  return namespace === '' ? (rule.clusterScope ?? false) : hasOrAll(rule.namespaces ?? [], namespace)
}
