import { expect, it } from 'vitest'
import type { ContainerPort, Pod } from '../../../kube/generated/core-v1.ts'
import { hostPorts } from './host-ports.ts'

const podOf = (ports: ContainerPort[], more: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { containers: [{ name: 'c', ports }], ...more },
})
const port = { containerPort: 80, hostPort: 8080 }

it.each<[string, Pod, string[], number[]]>([
  ['without any', podOf([{ containerPort: 80 }]), [], []],
  ['of a port', podOf([port]), ['127.0.0.1:8080 → 10.0.0.9:80'], []],
  ['at an address', podOf([{ ...port, hostIP: '127.0.0.5' }]), ['127.0.0.5:8080 → 10.0.0.9:80'], []],
  ['of UDP', podOf([{ ...port, protocol: 'UDP' }]), [], []],
  ['that its program holds', podOf([port]), [], [8080]],
  ['in the network of the host', podOf([port], { hostNetwork: true }), [], []],
  ['of a pod at that address', podOf([{ containerPort: 80, hostPort: 80, hostIP: '10.0.0.9' }]), [], []],
  [
    'of init containers: of sidecars only',
    podOf([], {
      initContainers: [
        { name: 'a', ports: [{ containerPort: 1, hostPort: 1 }] },
        { name: 'b', restartPolicy: 'Always', ports: [{ containerPort: 2, hostPort: 2 }] },
      ],
    }),
    ['127.0.0.1:2 → 10.0.0.9:2'],
    [],
  ],
])('host ports %s', (_, pod, expected, held) => {
  const found = hostPorts(pod, { podIP: '10.0.0.9', hostIP: '127.0.0.1', held: new Set(held) })
  expect(
    found.map(
      ({ host, port: at, backends }) => `${host}:${at} → ${backends[0]?.address}:${backends[0]?.port}`,
    ),
  ).toEqual(expected)
})
