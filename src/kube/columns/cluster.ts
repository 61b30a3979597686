import type { APIService } from '../generated/apiregistration-v1.ts'
import type { CertificateSigningRequest } from '../generated/certificates-v1.ts'
import type {
  ComponentStatus,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
} from '../generated/core-v1.ts'
import type { FlowSchema, PriorityLevelConfiguration } from '../generated/flowcontrol-v1.ts'
import type { IPAddress, ServiceCIDR } from '../generated/networking-v1.ts'
import type { RuntimeClass } from '../generated/node-v1.ts'
import { humanDuration } from '../duration.ts'
import { ageColumn, integer, labelsText, nameColumn, orNone, type TableColumn, text, wide } from './column.ts'
import { containers, images } from './workloads.ts'

export const podTemplateColumns: readonly TableColumn<PodTemplate>[] = [
  nameColumn,
  text('Containers', ({ template }) => (template?.spec?.containers ?? []).map(({ name }) => name).join(',')),
  text('Images', ({ template }) =>
    (template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(','),
  ),
  text('Pod Labels', ({ template }) => labelsText(template?.metadata?.labels)),
]

/** What the condition Healthy says, by the name of its field. */
const health = ({ conditions = [] }: ComponentStatus) => conditions.find(({ type }) => type === 'Healthy')

export const componentStatusColumns: readonly TableColumn<ComponentStatus>[] = [
  nameColumn,
  text('Status', object => {
    const status = health(object)?.status
    return status === 'True' ? 'Healthy' : status === undefined ? 'Unknown' : 'Unhealthy'
  }),
  text('Message', object => health(object)?.message ?? ''),
  text('Error', object => health(object)?.error ?? ''),
]

export const replicationControllerColumns: readonly TableColumn<ReplicationController>[] = [
  nameColumn,
  integer('Desired', ({ spec }) => spec?.replicas ?? 0),
  integer('Current', ({ status }) => status?.replicas ?? 0),
  integer('Ready', ({ status }) => status?.readyReplicas ?? 0),
  ageColumn,
  containers,
  images,
  wide(text('Selector', ({ spec }) => labelsText(spec?.selector))),
]

/** `pods: 1/10, …`: what is used of what there is, for the resources that belong to the column. */
function quotaText({ status }: ResourceQuota, isLimit: boolean): string {
  return Object.keys(status?.hard ?? {})
    .filter(resource => resource.startsWith('limits.') === isLimit)
    .sort()
    .map(resource => `${resource}: ${status?.used?.[resource] ?? 0}/${status?.hard?.[resource]}`)
    .join(', ')
}

export const resourceQuotaColumns: readonly TableColumn<ResourceQuota>[] = [
  nameColumn,
  text('Request', quota => quotaText(quota, false)),
  text('Limit', quota => quotaText(quota, true)),
  ageColumn,
]

function signingStatus({ status }: CertificateSigningRequest): string {
  const types = new Set((status?.conditions ?? []).map(({ type }) => type))
  return [
    types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending',
    ...(types.has('Failed') ? ['Failed'] : []),
    ...(status?.certificate ? ['Issued'] : []),
  ].join(',')
}

export const signingRequestColumns: readonly TableColumn<CertificateSigningRequest>[] = [
  nameColumn,
  ageColumn,
  text('SignerName', ({ spec }) => orNone(spec?.signerName)),
  text('Requestor', ({ spec }) => spec?.username ?? ''),
  text('RequestedDuration', ({ spec }) =>
    spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
  ),
  text('Condition', signingStatus),
]

export const runtimeClassColumns: readonly TableColumn<RuntimeClass>[] = [
  nameColumn,
  text('Handler', ({ handler }) => handler ?? ''),
  ageColumn,
]

export const flowSchemaColumns: readonly TableColumn<FlowSchema>[] = [
  nameColumn,
  text('PriorityLevel', ({ spec }) => spec?.priorityLevelConfiguration?.name ?? ''),
  text('MatchingPrecedence', ({ spec }) => spec?.matchingPrecedence ?? 0),
  text('DistinguisherMethod', ({ spec }) => orNone(spec?.distinguisherMethod?.type)),
  ageColumn,
  text(
    'MissingPL',
    ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
  ),
]

const queuing = ({ spec }: PriorityLevelConfiguration) => spec?.limited?.limitResponse?.queuing

export const priorityLevelColumns: readonly TableColumn<PriorityLevelConfiguration>[] = [
  nameColumn,
  text('Type', ({ spec }) => spec?.type ?? ''),
  text('NominalConcurrencyShares', ({ spec }) =>
    spec?.limited ? (spec.limited.nominalConcurrencyShares ?? 0) : '<none>',
  ),
  text('Queues', level => queuing(level)?.queues ?? '<none>'),
  text('HandSize', level => queuing(level)?.handSize ?? '<none>'),
  text('QueueLengthLimit', level => queuing(level)?.queueLengthLimit ?? '<none>'),
  ageColumn,
]

export const ipAddressColumns: readonly TableColumn<IPAddress>[] = [
  nameColumn,
  text('ParentRef', ({ spec }) => {
    const parent = spec?.parentRef
    if (!parent) return '<none>'
    const resource = `${parent.resource}${parent.group ? `.${parent.group}` : ''}`.toLowerCase()
    return [resource, ...(parent.namespace ? [parent.namespace] : []), parent.name].join('/')
  }),
  ageColumn,
]

export const serviceCidrColumns: readonly TableColumn<ServiceCIDR>[] = [
  nameColumn,
  text('CIDRs', ({ spec }) => (spec?.cidrs ?? []).join(',')),
  ageColumn,
]

export const apiServiceColumns: readonly TableColumn<APIService>[] = [
  nameColumn,
  text('Service', ({ spec }) => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local')),
  text('Available', ({ status }) => {
    const available = status?.conditions?.find(({ type }) => type === 'Available')
    if (!available) return 'Unknown'
    const { status: is, reason } = available
    return is !== 'True' && reason ? `${is} (${reason})` : is
  }),
  ageColumn,
]
