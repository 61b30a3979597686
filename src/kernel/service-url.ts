import { Service } from '../kube/generated/core-v1.ts'
import { EndpointSlice } from '../kube/generated/discovery-v1.ts'
import type { Client } from './client.ts'

/** `name.namespace`, optionally followed by `.svc` and a cluster domain. */
const IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\.[a-z0-9.-]+)?)?$/

export class ServiceUrlError extends Error {
  override name = 'ServiceUrlError'
}

/**
 * Turns a URL with an in-cluster host name into one with a ready endpoint's address, since there is no cluster DNS
 * in this process; a URL with any other host is returned unchanged. Throws ServiceUrlError when the Service exists
 * but has no such port or no ready endpoint.
 */
export async function resolveServiceUrl(client: Client, url: string): Promise<string> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const match = parsed && IN_CLUSTER.exec(parsed.hostname)
  if (!parsed || !match) return url
  const [, name = '', namespace = ''] = match
  const service = await client.find(Service, { name, namespace })
  if (!service) return url
  const wanted = Number(parsed.port || (parsed.protocol === 'https:' ? 443 : 80))
  const port = service.spec.ports?.find(candidate => candidate.port === wanted)
  if (!port) throw new ServiceUrlError(`${url}: Service ${namespace}/${name} has no port ${wanted}`)
  const slices = await client.list(EndpointSlice, {
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  })
  for (const slice of slices.items) {
    const target = slice.ports?.find(candidate => (candidate.name ?? '') === (port.name ?? ''))?.port
    const address = slice.endpoints?.find(endpoint => endpoint.conditions?.ready !== false)?.addresses[0]
    if (target !== undefined && address !== undefined) {
      parsed.hostname = address
      parsed.port = String(target)
      return parsed.href
    }
  }
  throw new ServiceUrlError(`${url}: Service ${namespace}/${name} has no ready endpoint`)
}
