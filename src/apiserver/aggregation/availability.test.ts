import { expect, it } from 'vitest'
import type { Service } from '../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../kube/generated/discovery-v1.ts'
import type { Extension } from './api-services.ts'
import { obstacleTo } from './availability.ts'

const extension = {
  spec: { service: { namespace: 'wardle', name: 'api', port: 443 } },
} as unknown as Extension
const service = (spec: object) => ({ spec: { type: 'ClusterIP', ...spec } }) as unknown as Service
const https = service({ ports: [{ name: 'https', port: 443 }] })
const slice = (ready: boolean | undefined, ...ports: object[]) =>
  ({ endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }], ports }) as unknown as EndpointSlice
const port = { name: 'https', port: 8443 }

it.each([
  ['no service', undefined, [], 'ServiceNotFound: service/api in "wardle" is not present'],
  [
    'another port',
    service({ ports: [{ port: 80 }] }),
    [],
    'ServicePortError: service/api in "wardle" is not listening on port 443',
  ],
  ['no slices', https, [], 'EndpointsNotFound: cannot find endpointslices for service/api in "wardle"'],
  [
    'nothing ready',
    https,
    [slice(false, port)],
    'MissingEndpoints: endpointslices for service/api in "wardle" have no addresses with port name "https"',
  ],
  [
    'another port name',
    https,
    [slice(true, { name: 'http', port: 80 })],
    'MissingEndpoints: endpointslices for service/api in "wardle" have no addresses with port name "https"',
  ],
  ['something ready', https, [slice(false, port), slice(true, port)], undefined],
  ['ready unless it says otherwise', https, [slice(undefined, port)], undefined],
  ['a name elsewhere, of which nothing is known', service({ type: 'ExternalName' }), [], undefined],
])('%s', (_what, there, slices, expected) => {
  const found = obstacleTo(extension, there, slices)
  expect(found && `${found.reason}: ${found.message}`).toBe(expected)
})
