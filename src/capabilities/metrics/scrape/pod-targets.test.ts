import { describe, expect, it } from 'vitest'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { podTargets } from './pod-targets.ts'

interface Change {
  annotations?: Record<string, string>
  phase?: string
  podIP?: string
  deleted?: boolean
}

/** A pod with two declared ports, of which one is UDP. */
function pod({ annotations = {}, phase = 'Running', podIP = '127.1.2.3', deleted = false }: Change): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'site-1',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:01Z' } : {}),
      labels: { app: 'site', 'app.kubernetes.io/version': 'v2', 'rollouts-pod-template-hash': 'abc' },
      annotations,
    },
    spec: {
      nodeName: 'drave',
      containers: [
        {
          name: 'site',
          ports: [{ containerPort: 8080 }, { containerPort: 5353, protocol: 'UDP' }],
        },
      ],
    },
    status: { phase, podIP },
  }
}

const scrape = { 'prometheus.io/scrape': 'true' }

describe('podTargets', () => {
  it('labels as the usual configuration of Prometheus does', () => {
    const [target] = podTargets(pod({ annotations: scrape }))
    expect(target?.labels.toRecord()).toEqual({
      job: 'kubernetes-pods',
      instance: '127.1.2.3:8080',
      namespace: 'shop',
      pod: 'site-1',
      node: 'drave',
      app: 'site',
      app_kubernetes_io_version: 'v2',
      rollouts_pod_template_hash: 'abc',
    })
  })

  it.each<[string, Change, string[]]>([
    ['no annotation', {}, []],
    ['scrape: false', { annotations: { 'prometheus.io/scrape': 'false' } }, []],
    ['declared ports', { annotations: scrape }, ['http://127.1.2.3:8080/metrics']],
    [
      'port, path and scheme',
      {
        annotations: {
          ...scrape,
          'prometheus.io/port': '9000',
          'prometheus.io/path': 'stats?all=1',
          'prometheus.io/scheme': 'https',
        },
      },
      ['https://127.1.2.3:9000/stats?all=1'],
    ],
    ['a port that is none', { annotations: { ...scrape, 'prometheus.io/port': 'web' } }, []],
    ['a pod that does not run yet', { annotations: scrape, phase: 'Pending' }, []],
    ['a pod that is going', { annotations: scrape, deleted: true }, []],
    ['a pod without address', { annotations: scrape, podIP: '' }, []],
    ['an IPv6 address', { annotations: scrape, podIP: '::1' }, ['http://[::1]:8080/metrics']],
  ])('finds targets: %s', (_, change, urls) => {
    expect(podTargets(pod(change)).map(({ url }) => url)).toEqual(urls)
  })
})
