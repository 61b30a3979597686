import type { Resource } from '../../kube/resources.ts'
import { definitionBehaviour } from '../custom/definition-behaviour.ts'
import { apiServiceBehaviour } from '../kinds/api-services.ts'
import { claimBehaviour } from '../kinds/claim-sources.ts'
import { daemonSetBehaviour } from '../kinds/daemon-sets.ts'
import { generationByChange, oneGeneration } from '../kinds/generations.ts'
import { jobBehaviour } from '../kinds/jobs.ts'
import { namespaceBehaviour } from '../kinds/namespaces.ts'
import { nodeBehaviour, volumeBehaviour } from '../kinds/phases.ts'
import { podBehaviour } from '../kinds/pods.ts'
import { secretBehaviour } from '../kinds/secrets.ts'
import { serviceAccountBehaviour } from '../kinds/service-account-secrets.ts'
import type { ServiceAddresses } from '../kinds/service-addresses.ts'
import { signingRequestBehaviour } from '../kinds/signing-requests.ts'
import { serviceBehaviour } from '../kinds/services.ts'
import { type Behaviour, plainBehaviour } from './behaviour.ts'
import type { ResourceRegistry } from './registry.ts'

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
  'resource.k8s.io/resourceclaims',
  'storage.k8s.io/volumeattachments',
])
const withGeneration = new Set([
  '/podtemplates',
  'resource.k8s.io/deviceclasses',
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
  'resource.k8s.io/deviceclasses',
  'resource.k8s.io/resourceclaims',
  'resource.k8s.io/resourceclaimtemplates',
  'resource.k8s.io/resourceslices',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/volumeattachments',
  'storage.k8s.io/volumeattributesclasses',
])

const createsOnUpdate = new Set([
  '/endpoints',
  '/events',
  '/limitranges',
  '/services',
  'coordination.k8s.io/leases',
  'events.k8s.io/events',
  'node.k8s.io/runtimeclasses',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
])

/** What behaviours share with the server around them. */
export interface BehaviourParts {
  registry: ResourceRegistry
  addresses: ServiceAddresses
}

/** The behaviour of each built-in resource. */
export function builtinBehaviours({
  registry,
  addresses,
}: BehaviourParts): (resource: Resource) => Behaviour {
  const special: Record<string, Partial<Behaviour> | undefined> = {
    '/namespaces': namespaceBehaviour,
    '/nodes': nodeBehaviour,
    '/persistentvolumeclaims': claimBehaviour,
    '/persistentvolumes': volumeBehaviour,
    '/pods': podBehaviour,
    // As upstream, for clients that are older than the garbage collector.
    '/replicationcontrollers': { orphansByDefault: {} },
    '/secrets': secretBehaviour,
    '/serviceaccounts': serviceAccountBehaviour,
    '/services': serviceBehaviour(addresses),
    'apiregistration.k8s.io/apiservices': apiServiceBehaviour,
    'apps/daemonsets': daemonSetBehaviour,
    'apiextensions.k8s.io/customresourcedefinitions': definitionBehaviour(registry),
    'batch/jobs': jobBehaviour,
    'certificates.k8s.io/certificatesigningrequests': signingRequestBehaviour,
    'scheduling.k8s.io/priorityclasses': oneGeneration,
    'storage.k8s.io/csidrivers': generationByChange,
  }
  return ({ group, plural, subresources }) => {
    const name = `${group}/${plural}`
    const hasStatus = 'status' in subresources
    return {
      ...plainBehaviour,
      countsGenerations: withGeneration.has(name) || (hasStatus && !withoutGeneration.has(name)),
      separatesStatus: hasStatus,
      returnsDeleted: returnsDeleted.has(name),
      createsOnUpdate: createsOnUpdate.has(name),
      ...special[name],
    }
  }
}
