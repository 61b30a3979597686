import type {
  FlowSchema,
  LimitedPriorityLevelConfiguration,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
  QueuingConfiguration,
  Subject,
} from '../generated/flowcontrol-v1.ts'
import { dnsLabelProblems, dnsSubdomainProblems } from '../names.ts'
import { notSupported, required } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']
const MAX_PRECEDENCE = 10_000
const MAX_QUEUES = 10_000_000

export function checkFlowSchema(rules: Rules, { metadata, spec }: FlowSchema): void {
  if (!rules.required('spec', spec)) return
  const { matchingPrecedence = 0, distinguisherMethod, priorityLevelConfiguration } = spec
  const precedence = (why: string) => rules.invalid('spec.matchingPrecedence', matchingPrecedence, [why])
  if (matchingPrecedence <= 0) precedence('must be a positive value')
  if (matchingPrecedence > MAX_PRECEDENCE) precedence(`must not be greater than ${MAX_PRECEDENCE}`)
  if (matchingPrecedence === 1 && metadata.name !== 'exempt')
    precedence("only the schema named 'exempt' may have matchingPrecedence 1")
  if (distinguisherMethod && !['ByNamespace', 'ByUser'].includes(distinguisherMethod.type))
    // Upstream shows the struct in Go's field names.
    rules.add(
      notSupported('spec.distinguisherMethod.type', { Type: distinguisherMethod.type }, [
        'ByNamespace',
        'ByUser',
      ]),
    )
  const level = priorityLevelConfiguration?.name
  if (
    rules.required('spec.priorityLevelConfiguration.name', level, 'must reference a priority level') &&
    level
  )
    rules.invalid('spec.priorityLevelConfiguration.name', level, dnsSubdomainProblems(level))
  for (const [index, rule] of (spec.rules ?? []).entries()) checkRule(rules, `spec.rules[${index}]`, rule)
}

function checkRule(rules: Rules, field: string, rule: PolicyRulesWithSubjects): void {
  rules.required(`${field}.subjects`, rule.subjects, 'subjects must contain at least one value')
  for (const [index, subject] of (rule.subjects ?? []).entries())
    checkSubject(rules, `${field}.subjects[${index}]`, subject)
  if (!rule.resourceRules?.length && !rule.nonResourceRules?.length)
    rules.add(required(field, 'at least one of resourceRules and nonResourceRules has to be non-empty'))
  for (const [index, one] of (rule.resourceRules ?? []).entries()) {
    const at = `${field}.resourceRules[${index}]`
    checkVerbs(rules, at, one.verbs)
    const supply = (what: string) => `resource rules must supply at least one ${what}`
    checkList(rules, `${at}.apiGroups`, one.apiGroups, [supply('api group'), 'api groups'])
    checkList(rules, `${at}.resources`, one.resources, [supply('resource'), 'resources'])
    checkNamespaces(rules, `${at}.namespaces`, one.namespaces ?? [], one.clusterScope ?? false)
  }
  for (const [index, one] of (rule.nonResourceRules ?? []).entries()) {
    const at = `${field}.nonResourceRules[${index}]`
    checkVerbs(rules, at, one.verbs)
    const missing = 'nonResourceURLs must contain at least one value'
    checkList(rules, `${at}.nonResourceURLs`, one.nonResourceURLs, [missing, 'non-resource URLs'])
    if (one.nonResourceURLs?.includes('*')) continue
    for (const [place, url] of (one.nonResourceURLs ?? []).entries())
      if (!url.startsWith('/'))
        rules.invalid(`${at}.nonResourceURLs[${place}]`, url, ['must start with slash'])
  }
}

/** `*` stands alone. */
function checkList(
  rules: Rules,
  field: string,
  values: readonly string[] | undefined,
  [missing, others]: readonly [string, string],
): void {
  if (!values?.length) rules.add(required(field, missing))
  else if (values.length > 1 && values.includes('*'))
    rules.invalid(field, values, [`if '*' is present, must not specify other ${others}`])
}

function checkVerbs(rules: Rules, at: string, given: readonly string[] | undefined): void {
  checkList(rules, `${at}.verbs`, given, ['verbs must contain at least one value', 'verbs'])
  if (given?.length && !given.includes('*') && !given.every(verb => verbs.includes(verb)))
    rules.add(notSupported(`${at}.verbs`, given, verbs))
}

function checkNamespaces(rules: Rules, field: string, names: readonly string[], isCluster: boolean): void {
  const missing = 'resource rules that are not cluster scoped must supply at least one namespace'
  if (names.length > 0 || !isCluster) checkList(rules, field, names, [missing, 'namespaces'])
  if (names.includes('*')) return
  const intro = "each member of this list must be '*' or a DNS-1123 label; "
  for (const [index, name] of names.entries())
    rules.invalid(
      `${field}[${index}]`,
      name,
      dnsLabelProblems(name).map(problem => intro + problem),
    )
}

const subjectFields = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const

function checkSubject(rules: Rules, field: string, subject: Subject): void {
  const { kind } = subject
  const own = Object.hasOwn(subjectFields, kind)
    ? subjectFields[kind as keyof typeof subjectFields]
    : undefined
  if (!own) {
    rules.add(notSupported(`${field}.kind`, kind, Object.keys(subjectFields)))
    return
  }
  const value = subject[own]
  if (!value) rules.add(required(`${field}.${own}`, `${own} is required when subject kind is '${kind}'`))
  else rules.required(`${field}.${own}.name`, value.name)
  if (own === 'serviceAccount' && subject.serviceAccount) {
    const { name, namespace } = subject.serviceAccount
    if (name && name !== '*') rules.invalid(`${field}.${own}.name`, name, dnsSubdomainProblems(name))
    if (rules.required(`${field}.${own}.namespace`, namespace, 'must specify namespace for service account'))
      rules.invalid(`${field}.${own}.namespace`, namespace, dnsLabelProblems(namespace))
  }
  for (const [other, name] of Object.entries(subjectFields))
    if (name !== own && subject[name])
      rules.forbidden(`${field}.${name}`, `${name} is forbidden when subject kind is not '${other}'`)
}

export function checkPriorityLevel(rules: Rules, { metadata, spec }: PriorityLevelConfiguration): void {
  if (!rules.required('spec', spec)) return
  const { type, limited, exempt } = spec
  if ((metadata.name === 'exempt') !== (type === 'Exempt'))
    rules.invalid('spec.type', type ?? '', ["must be 'Exempt' if and only if `name` is 'exempt'"])
  if (type === 'Exempt') {
    if (limited) rules.forbidden('spec.limited', 'must be nil if the type is not Limited')
  } else if (type === 'Limited') {
    if (exempt) rules.forbidden('spec.exempt', 'must be nil if the type is Limited')
    if (limited) checkLimited(rules, 'spec.limited', limited)
    else rules.add(required('spec.limited', 'must not be empty when type is Limited'))
  } else rules.oneOf('spec.type', type, ['Exempt', 'Limited'])
}

function checkLimited(rules: Rules, field: string, limited: LimitedPriorityLevelConfiguration): void {
  const {
    nominalConcurrencyShares: shares = 0,
    lendablePercent: lent,
    borrowingLimitPercent: borrowed,
  } = limited
  if (shares < 0)
    rules.invalid(`${field}.nominalConcurrencyShares`, shares, ['must be a non-negative integer'])
  const { type, queuing } = limited.limitResponse ?? {}
  if (type === 'Reject') {
    if (queuing)
      rules.forbidden(
        `${field}.limitResponse.queuing`,
        'must be nil if limited.limitResponse.type is not Limited',
      )
  } else if (type === 'Queue') {
    if (queuing) checkQueuing(rules, `${field}.limitResponse.queuing`, queuing)
    else
      rules.add(
        required(
          `${field}.limitResponse.queuing`,
          'must not be empty if limited.limitResponse.type is Limited',
        ),
      )
  } else rules.oneOf(`${field}.limitResponse.type`, type, ['Queue', 'Reject'])
  if (lent !== undefined && (lent < 0 || lent > 100))
    rules.invalid(`${field}.lendablePercent`, lent, ['must be between 0 and 100, inclusive'])
  if (borrowed !== undefined && borrowed < 0)
    rules.invalid(`${field}.borrowingLimitPercent`, borrowed, [
      'if specified, must be a non-negative integer',
    ])
}

function checkQueuing(rules: Rules, field: string, queuing: QueuingConfiguration): void {
  const { queueLengthLimit = 0, queues = 0, handSize = 0 } = queuing
  const positive = (name: string, value: number) => {
    if (value <= 0) rules.invalid(`${field}.${name}`, value, ['must be positive'])
  }
  positive('queueLengthLimit', queueLengthLimit)
  positive('queues', queues)
  if (queues > MAX_QUEUES)
    rules.invalid(`${field}.queues`, queues, [`must not be greater than ${MAX_QUEUES}`])
  positive('handSize', handSize)
  if (handSize > 0 && handSize > queues)
    rules.invalid(`${field}.handSize`, handSize, [`should not be greater than queues (${queues})`])
}
