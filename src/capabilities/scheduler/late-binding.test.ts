import { expect, it } from 'vitest'
import { startTestKernel } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { StatefulSet } from '../../kube/generated/apps-v1.ts'
import { Event, PersistentVolume, PersistentVolumeClaim, Pod } from '../../kube/generated/core-v1.ts'
import { StorageClass } from '../../kube/generated/storage-v1.ts'
import { simulator } from '../simulator/index.ts'
import { workloads } from '../workloads/index.ts'
import { scheduler } from './index.ts'

const namespace = 'default'

it('volumes that wait for their first consumer are made when the scheduler has chosen its node', async () => {
  await using stack = await startTestKernel({
    capabilities: [scheduler, simulator, workloads],
    settings: { 'simulator.nodes': '2' },
  })
  const { client } = stack.kernel
  await client.create(StorageClass, {
    metadata: { name: 'late' },
    provisioner: 'drave.dev/host-path',
    volumeBindingMode: 'WaitForFirstConsumer',
  })
  const claimSpec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'late',
    resources: { requests: { storage: '1Gi' } },
  }
  await client.create(PersistentVolumeClaim, { metadata: { name: 'alone', namespace }, spec: claimSpec })
  const labels = { app: 'db' }
  await client.create(StatefulSet, {
    metadata: { name: 'db', namespace },
    spec: {
      replicas: 2,
      serviceName: 'db',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: 'db', image: 'db', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
              ],
            },
          },
        },
      },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          // The server takes no more of it.
          metadata: { name: 'data' } as PersistentVolumeClaim['metadata'],
          spec: claimSpec,
        },
      ],
    },
  })
  await until('both pods', async () => {
    const { status } = await client.get(StatefulSet, { name: 'db', namespace })
    return status?.readyReplicas === 2
  })
  const nodes = new Set<string>()
  for (const name of ['db-0', 'db-1']) {
    const pod = await client.get(Pod, { name, namespace })
    const claim = await client.get(PersistentVolumeClaim, { name: `data-${name}`, namespace })
    const node = pod.spec.nodeName ?? ''
    nodes.add(node)
    expect(claim.metadata.annotations?.['volume.kubernetes.io/selected-node']).toBe(node)
    expect(claim.status?.phase).toBe('Bound')
    const volume = await client.get(PersistentVolume, { name: claim.spec?.volumeName ?? '' })
    expect(volume.spec?.claimRef?.name).toBe(`data-${name}`)
  }
  expect(nodes.size).toBe(2)
  // Nobody uses this one.
  const alone = await client.get(PersistentVolumeClaim, { name: 'alone', namespace })
  expect(alone.status?.phase).toBe('Pending')
  const said = await until('the event', async () =>
    (await client.list(Event, { namespace })).items.find(
      ({ involvedObject, reason }) => involvedObject.name === 'alone' && reason === 'WaitForFirstConsumer',
    ),
  )
  expect(said.message).toBe('waiting for first consumer to be created before binding')
})
