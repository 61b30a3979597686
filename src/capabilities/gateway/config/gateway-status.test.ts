import { expect, it } from 'vitest'
import type { Gateway, GatewaySpec, GatewaySpecListenersItem } from '../kinds/generated/gateway.ts'
import { gatewayStatus } from './gateway-status.ts'
import { viewListeners } from './listeners.ts'

const listener = { name: 'http', port: 80, protocol: 'HTTP' }
const withTls: GatewaySpecListenersItem = { ...listener, tls: { mode: 'Terminate' } }

it.each<[string, Partial<GatewaySpec>]>([
  ['', {}],
  ['', { infrastructure: {} }],
  ['Without effect: spec.tls', { tls: { frontend: { default: {} } } }],
  ['Without effect: spec.allowedListeners', { allowedListeners: { namespaces: { from: 'All' } } }],
  [
    'Without effect: spec.infrastructure.labels, spec.infrastructure.annotations',
    { infrastructure: { labels: { a: 'b' }, annotations: { c: 'd' } } },
  ],
  ['Without effect: spec.listeners[0].tls', { listeners: [withTls] }],
])('Accepted says %j for %j', (message, more) => {
  const gateway = {
    metadata: { name: 'web', namespace: 'default' },
    spec: { gatewayClassName: 'drave', listeners: [listener], ...more },
  } as Gateway
  const view = { key: 'default/web', gateway, listeners: viewListeners(gateway) }
  const listening = { refused: undefined, addresses: [], ports: new Map() }
  const { conditions } = gatewayStatus(view, listening, { attachedRoutes: () => 0, nowMs: 0 })
  expect(conditions?.find(({ type }) => type === 'Accepted')).toMatchObject({ status: 'True', message })
})
