import { CustomResourceDefinition } from '../kube/generated/apiextensions-v1.ts'
import { Lease } from '../kube/generated/coordination-v1.ts'
import { Event, Namespace, Service } from '../kube/generated/core-v1.ts'
import { EndpointSlice } from '../kube/generated/discovery-v1.ts'
import type { Kind } from '../kube/kind.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'

/** Rights at the API that a part needs, as RBAC counts them. */
export interface Access {
  kinds: readonly Kind[]
  subresource?: 'status' | 'finalizers'
  verbs: readonly Verb[]
}

/** What an informer needs. */
export const READ: readonly Verb[] = ['get', 'list', 'watch']

/** What `publishSystemService` needs. */
export const publishing: Access = { kinds: [Service, EndpointSlice], verbs: ['get', 'create', 'patch'] }

/** What `resolveServiceUrl` needs. */
export const resolving: Access = { kinds: [Service, EndpointSlice], verbs: ['get', 'list'] }

/** What the kernel itself needs: definitions of owned kinds, the election, events. Updates of definitions are of those kinds only. */
export const kernelAccess: readonly Access[] = [
  { kinds: [CustomResourceDefinition], verbs: ['get', 'create', 'update'] },
  { kinds: [Namespace], verbs: ['get', 'create'] },
  { kinds: [Lease], verbs: ['get', 'create', 'update'] },
  { kinds: [Event], verbs: ['get', 'create', 'patch', 'delete'] },
]
