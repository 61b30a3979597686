import type { ImageReference } from '../reference.ts'

/** Where an image is, as registries name it. */
export interface RegistryPlace {
  /** As in references: `docker.io`, `registry.example.com:5000`. */
  host: string
  path: string
  /** Base URLs to ask, in this order. */
  endpoints: readonly string[]
}

const DOCKER = 'docker.io'
const DOCKER_ENDPOINT = 'https://registry-1.docker.io'

/** Whether a reference names the registry that it is from. */
export const namesRegistry = ({ repository }: ImageReference): boolean => {
  const [first = '', ...rest] = repository.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
}

/**
 * The registry of a reference: its own, or the default one. `mirrors` are base URLs by host, asked first. Registries on
 * this machine are asked without TLS.
 */
export function registryPlace(
  reference: ImageReference,
  defaultRegistry: string,
  mirrors: Readonly<Record<string, readonly string[]>>,
): RegistryPlace {
  const [first = '', ...rest] = reference.repository.split('/')
  const host = namesRegistry(reference) ? first : defaultRegistry
  const path = namesRegistry(reference) ? rest.join('/') : reference.repository
  const own = host === DOCKER ? DOCKER_ENDPOINT : `${isLoopback(host) ? 'http' : 'https'}://${host}`
  return {
    host,
    // Docker's own images are in a folder that references leave out.
    path: host === DOCKER && !path.includes('/') ? `library/${path}` : path,
    endpoints: [...(mirrors[host] ?? []).map(url => url.replace(/\/+$/, '')), own],
  }
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host)
