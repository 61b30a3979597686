import { isAlreadyExists } from '../kube/status.ts'
import { toTime } from '../lib/clock.ts'
import type { ServiceAddresses } from './kinds/service-addresses.ts'
import type { Core } from './pipeline/core.ts'
import { dispatch } from './pipeline/dispatch.ts'
import type { ApiRequest } from './request.ts'

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'drave-system']

/** For what a cluster cannot do without, above all that users can ask for. */
const PRIORITY_CLASSES = [
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
]

const base = {
  user: { username: 'system:apiserver', groups: ['system:masters'] },
  version: 'v1',
  options: { fieldManager: 'kube-apiserver' },
} as const

/** Creates what every cluster has, where it is missing; `addresses` has the one of the Service `default/kubernetes`. */
export async function bootstrap(
  core: Core,
  addresses: Pick<ServiceAddresses, 'ofApi' | 'range'>,
): Promise<void> {
  const missing = NAMESPACES.filter(name => !core.store.get('/namespaces', '', name))
  await Promise.all(
    missing.map(name =>
      dispatch(core, {
        ...base,
        verb: 'create',
        group: '',
        plural: 'namespaces',
        name,
        body: { metadata: { name } },
      }),
    ),
  )
  for (const { name, ...body } of PRIORITY_CLASSES)
    await ensure(core, {
      ...base,
      verb: 'create',
      group: 'scheduling.k8s.io',
      plural: 'priorityclasses',
      name,
      body: { metadata: { name }, ...body },
    })
  await ensure(core, {
    ...base,
    verb: 'create',
    group: '',
    plural: 'services',
    namespace: 'default',
    name: 'kubernetes',
    body: {
      metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: {
        type: 'ClusterIP',
        clusterIP: addresses.ofApi,
        ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      },
    },
  })
  await ensureServiceRange(core, addresses.range)
}

/** Shows the range of cluster IPs under the name that clients look for. */
async function ensureServiceRange(core: Core, range: string): Promise<void> {
  const request = { ...base, group: 'networking.k8s.io', plural: 'servicecidrs', name: 'kubernetes' }
  const body = { metadata: { name: 'kubernetes' }, spec: { cidrs: [range] } }
  if (!(await ensure(core, { ...request, verb: 'create', body }))) return
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: toTime(core.clock.now()),
  }
  const status = { status: { conditions: [ready] } }
  await dispatch(core, { ...request, verb: 'patch', subresource: 'status', patchType: 'merge', body: status })
}

/** Says where the Service `default/kubernetes` leads. */
export async function publishApiAddress(core: Core, { port }: { port: number }): Promise<void> {
  // The server takes bodies over, so each request needs its own.
  const slice = () => ({
    metadata: { name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  })
  // The older kind says the same; its label keeps the mirroring from making a second slice of it.
  const endpoints = () => ({
    metadata: { name: 'kubernetes', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  })
  await put(core, { group: 'discovery.k8s.io', plural: 'endpointslices', body: slice })
  await put(core, { group: '', plural: 'endpoints', body: endpoints })
}

/** Makes the `kubernetes` of a kind in the namespace `default` what it should be. */
async function put(
  core: Core,
  { body, ...resource }: { group: string; plural: string; body: () => object },
): Promise<void> {
  const request = { ...base, ...resource, namespace: 'default', name: 'kubernetes' }
  const created = await ensure(core, { ...request, verb: 'create', body: body() })
  if (!created) await dispatch(core, { ...request, verb: 'patch', patchType: 'merge', body: body() })
}

/** Creates; false where it is there already. */
async function ensure(core: Core, request: ApiRequest): Promise<boolean> {
  try {
    await dispatch(core, request)
    return true
  } catch (error) {
    if (isAlreadyExists(error)) return false
    throw error
  }
}
