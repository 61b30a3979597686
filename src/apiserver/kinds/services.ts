import type { Service, ServicePort } from '../../kube/generated/core-v1.ts'
import { equalJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import { invalid, invalidValue } from '../../kube/schema/field-error.ts'
import type { Behaviour } from '../resources/behaviour.ts'
import type { ServiceAddresses } from './service-addresses.ts'
import { dropForeignFields } from './service-type-change.ts'

// The behaviour is that of Services only.
const asService = (object: KubeObject) => object as unknown as Service

/** A balancer may do without. */
const takesNodePorts = (service: Service) =>
  hasNodePorts(service) &&
  (service.spec.type === 'NodePort' || service.spec.allocateLoadBalancerNodePorts !== false)

/** Nodes tell balancers whether they have pods of the Service. */
const isChecked = ({ spec }: Service) =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'

const hasNodePorts = ({ spec }: Service) => spec.type === 'NodePort' || spec.type === 'LoadBalancer'

/** Services get a cluster IP and node ports where their type has them. */
export function serviceBehaviour(addresses: ServiceAddresses): Partial<Behaviour> {
  return {
    prepareCreate(object, { dryRun }) {
      const service = asService(object)
      if (!service.spec) return
      service.status = { loadBalancer: {} }
      settle(service, addresses, !dryRun)
    },
    prepareUpdate(next, previous, { dryRun }) {
      const [service, before] = [asService(next), asService(previous)]
      if (!service.spec || !before.spec) return
      if (service.spec.type !== 'ExternalName' && !service.spec.clusterIP) keep(service, before)
      followAddress(service, before)
      dropForeignFields(service, before)
      if (hasNodePorts(service) && hasNodePorts(before)) keepNodePorts(service, before)
      if (isChecked(service) && isChecked(before))
        service.spec.healthCheckNodePort ||= before.spec.healthCheckNodePort
      // Validation refuses it; no other address is taken before that.
      if (movesAddress(service, before)) return
      settle(service, addresses, !dryRun)
    },
    release: object => addresses.release(asService(object)),
    hold: object => addresses.hold(asService(object)),
  }
}

const movesAddress = ({ spec }: Service, { spec: before }: Service) =>
  spec.type !== 'ExternalName' &&
  before.type !== 'ExternalName' &&
  Boolean(before.clusterIP) &&
  spec.clusterIP !== before.clusterIP

function keep({ spec }: Service, before: Service): void {
  const { clusterIP, clusterIPs } = before.spec
  if (before.spec.type === 'ExternalName' || !clusterIP) return
  spec.clusterIP = clusterIP
  spec.clusterIPs = clusterIPs
}

/** Whoever changes only the older of the two fields means both. */
function followAddress({ spec }: Service, { spec: before }: Service): void {
  if (spec.clusterIP && spec.clusterIP !== before.clusterIP && equalJson(spec.clusterIPs, before.clusterIPs))
    spec.clusterIPs = [spec.clusterIP]
}

function keepNodePorts({ spec }: Service, before: Service): void {
  const same = (a: ServicePort, b: ServicePort) =>
    a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP')
  for (const port of spec.ports ?? [])
    port.nodePort ??= before.spec.ports?.find(other => same(port, other))?.nodePort
}

/** There is only IPv4, and a Service that wants more is not given less. Whose endpoints are written by hand may name any. */
function requireFamilies({ metadata, spec }: Service): void {
  if (spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0) return
  const errors = (spec.ipFamilies ?? []).flatMap((family, index) =>
    family === 'IPv4'
      ? []
      : [invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster')],
  )
  if (spec.ipFamilyPolicy === 'RequireDualStack')
    errors.push(
      invalidValue(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        'this cluster is not configured for dual-stack services',
      ),
    )
  if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, metadata.name, errors)
}

function settle(service: Service, addresses: ServiceAddresses, reserve: boolean): void {
  const { spec } = service
  if (spec.type === 'ExternalName') return
  requireFamilies(service)
  const asked = spec.clusterIP || spec.clusterIPs?.[0]
  spec.clusterIP = asked === 'None' ? 'None' : addresses.clusterIp(service, asked || undefined, reserve)
  spec.clusterIPs = [spec.clusterIP]
  spec.ipFamilies ??= ['IPv4']
  spec.ipFamilyPolicy ??= 'SingleStack'
  if (takesNodePorts(service))
    for (const port of spec.ports ?? [])
      port.nodePort = addresses.nodePort(service, port.nodePort || undefined, reserve)
  if (isChecked(service))
    spec.healthCheckNodePort = addresses.nodePort(service, spec.healthCheckNodePort || undefined, reserve)
}
