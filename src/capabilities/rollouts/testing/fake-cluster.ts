import type { Capability } from '../../../kernel/capability.ts'
import { mappedFrom, objectsOf, ownedBy } from '../../../kernel/controller.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod, Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { HttpRoute } from '../kinds/http-route.ts'

/** Pods of this image never become ready. */
export const BROKEN_IMAGE = 'web:broken'

let created = 0

/** For tests: what workloads, node and gateway bring, without processes. Pods are ready at once. */
export const fakeCluster: Capability = {
  name: 'fake-cluster',
  summary: 'ReplicaSets, pods and endpoints without processes, for tests',
  kinds: [{ kind: HttpRoute, definition: 'httproutes.gateway.networking.k8s.io' }],
  controllers: ({ client, informers }) => [
    {
      name: 'fake-replica-set',
      watches: [objectsOf(ReplicaSet), ownedBy(ReplicaSet, Pod)],
      async reconcile(key) {
        const replicaSet = informers.for(ReplicaSet).get(key)
        if (!replicaSet) return
        const { name, namespace, generation } = replicaSet.metadata
        const template = replicaSet.spec.template
        const labels = template?.metadata?.labels ?? {}
        const wanted = replicaSet.spec.replicas ?? 1
        const all = (await client.list(Pod, { namespace })).items.filter(pod =>
          pod.metadata.name.startsWith(`${name}-`),
        )
        const present = all.filter(pod => pod.metadata.deletionTimestamp === undefined)
        const ready = template?.spec?.containers?.[0]?.image !== BROKEN_IMAGE
        const status = { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] }
        for (let missing = wanted - present.length; missing > 0; missing--) {
          const metadata = {
            name: `${name}-${created++}`,
            namespace,
            labels,
            ownerReferences: [controlledBy(replicaSet)],
          }
          await client.create(Pod, { metadata, spec: template?.spec ?? { containers: [] } })
          await client.patch(Pod, metadata, { status }, { subresource: 'status' })
        }
        const leaving = all.filter(pod => pod.metadata.deletionTimestamp !== undefined)
        for (const pod of [...leaving, ...present.slice(wanted)])
          await client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0 })
        const available = ready ? wanted : 0
        const counts = {
          replicas: wanted,
          readyReplicas: available,
          availableReplicas: available,
          observedGeneration: generation,
        }
        await client.patch(ReplicaSet, replicaSet.metadata, { status: counts }, { subresource: 'status' })
      },
    },
    {
      name: 'fake-endpoints',
      watches: [
        objectsOf(Service),
        mappedFrom(Pod, ({ metadata }) =>
          informers
            .for(Service)
            .list(metadata.namespace)
            .map(service => `${metadata.namespace}/${service.metadata.name}`),
        ),
      ],
      async reconcile(key) {
        const service = informers.for(Service).get(key)
        if (!service?.spec.selector) return
        const { name, namespace } = service.metadata
        const pods = informers
          .for(Pod)
          .list(namespace)
          .filter(pod => matchesLabelSelector({ matchLabels: service.spec.selector }, pod.metadata.labels))
        const endpoints = pods.map((pod, index) => ({
          addresses: [`127.9.0.${index + 1}`],
          conditions: {
            ready:
              pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
              false,
          },
          targetRef: { kind: 'Pod', name: pod.metadata.name, namespace },
        }))
        const slice = {
          metadata: { name: `${name}-x`, namespace, labels: { 'kubernetes.io/service-name': name } },
          addressType: 'IPv4',
          endpoints,
          ports: [],
        }
        if (await client.find(EndpointSlice, slice.metadata))
          await client.patch(EndpointSlice, slice.metadata, { endpoints })
        else await client.create(EndpointSlice, slice)
      },
    },
  ],
}

const controlledBy = ({ metadata: { name, uid } }: ReplicaSet) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name,
  uid,
  controller: true,
})
