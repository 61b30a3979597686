import type { Resource } from '../../kube/resources.ts'
import { definitionBehaviour } from '../custom/definition-behaviour.ts'
import { type Behaviour, plainBehaviour } from './behaviour.ts'
import type { ResourceRegistry } from './registry.ts'

const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions'

/** Kinds with a status that do not count generations, and kinds without one that do, as upstream's strategies have it. */
const withoutGeneration = new Set([
  '/namespaces',
  '/nodes',
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/resourcequotas',
  '/services',
  'apiregistration.k8s.io/apiservices',
  'autoscaling/horizontalpodautoscalers',
  'certificates.k8s.io/certificatesigningrequests',
  'storage.k8s.io/volumeattachments',
])
const withGeneration = new Set([
  'networking.k8s.io/networkpolicies',
  'networking.k8s.io/ingressclasses',
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'discovery.k8s.io/endpointslices',
])
const returnsDeleted = new Set([
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/pods',
  '/podtemplates',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
])

export function behaviourOf(row: Resource, registry: ResourceRegistry): Behaviour {
  const name = `${row.group}/${row.plural}`
  const hasStatus = 'status' in row.subresources
  const base: Behaviour = {
    ...plainBehaviour,
    countsGenerations: withGeneration.has(name) || (hasStatus && !withoutGeneration.has(name)),
    separatesStatus: hasStatus,
    returnsDeleted: returnsDeleted.has(name),
  }
  return name === DEFINITIONS ? definitionBehaviour(base, registry) : base
}
