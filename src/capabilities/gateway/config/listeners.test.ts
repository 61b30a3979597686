import { expect, it } from 'vitest'
import type { Gateway } from '../kinds/generated/gateway.ts'
import { isUsable, viewListeners } from './listeners.ts'

const gateway = (...listeners: Gateway['spec']['listeners']): Gateway => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { gatewayClassName: 'drave', listeners },
})

// The definition that Drave installs refuses these already; older ones on other clusters do not.
it('finds listeners that clash, and leaves the others usable', () => {
  const views = viewListeners(
    gateway(
      { name: 'one', port: 8081, protocol: 'HTTP', hostname: 'a.example' },
      { name: 'two', port: 8081, protocol: 'HTTP', hostname: 'A.example' },
      { name: 'other', port: 8081, protocol: 'HTTP' },
    ),
  )
  expect(views.map(view => [view.name, view.conflict?.reason, isUsable(view)])).toEqual([
    ['one', 'HostnameConflict', false],
    ['two', 'HostnameConflict', false],
    ['other', undefined, true],
  ])
})
