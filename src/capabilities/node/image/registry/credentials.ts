import type { Secret } from '../../../../kube/generated/core-v1.ts'

export interface Credentials {
  username: string
  password: string
}

/** Credentials by registry, or by registry and path: `host[:port][/path]`. */
export type Keyring = ReadonlyMap<string, Credentials>

interface DockerAuth {
  auth?: unknown
  username?: unknown
  password?: unknown
}

/** Reads the `auths` of a docker config.json; entries that cannot be read are left out. */
export function dockerConfig(text: string): Keyring {
  let content: { auths?: Record<string, DockerAuth> }
  try {
    content = JSON.parse(text) as typeof content
  } catch {
    return new Map()
  }
  return keyringOf(content.auths ?? {})
}

/** The credentials of pull secrets (types kubernetes.io/dockerconfigjson and dockercfg), the first ones winning. */
export function pullSecrets(secrets: readonly Secret[]): Keyring {
  const keyring = new Map<string, Credentials>()
  for (const { data = {} } of secrets) {
    const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8')
    const found = data['.dockerconfigjson']
      ? dockerConfig(text('.dockerconfigjson'))
      : legacy(text('.dockercfg'))
    for (const [place, credentials] of found) if (!keyring.has(place)) keyring.set(place, credentials)
  }
  return keyring
}

function legacy(text: string): Keyring {
  try {
    return keyringOf(JSON.parse(text) as Record<string, DockerAuth>)
  } catch {
    return new Map()
  }
}

function keyringOf(auths: Record<string, DockerAuth>): Map<string, Credentials> {
  const keyring = new Map<string, Credentials>()
  for (const [place, { auth, username, password }] of Object.entries(auths)) {
    const [user = '', ...rest] =
      typeof auth === 'string' && auth !== ''
        ? Buffer.from(auth, 'base64').toString('utf8').split(':')
        : [String(username ?? ''), String(password ?? '')]
    if (user !== '') keyring.set(placeOf(place), { username: user, password: rest.join(':') })
  }
  return keyring
}

/** Docker writes its own registry as `https://index.docker.io/v1/`. */
const placeOf = (text: string): string =>
  text
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/+$/, '')
    .replace(/^(index|registry-1)\.docker\.io/, 'docker.io')

/** The credentials for a repository: those of the longest place that it is in, as the kubelet's keyring matches. */
export function credentialsFor(keyring: Keyring, host: string, path: string): Credentials | undefined {
  const repository = `${host}/${path}`
  return [...keyring]
    .filter(([place]) => matches(place, repository))
    .sort(([a], [b]) => b.length - a.length)
    .map(([, credentials]) => credentials)[0]
}

/** `*.example.com` stands for one label of a host. */
function matches(place: string, repository: string): boolean {
  const [host = '', ...path] = place.split('/')
  const [wantedHost = '', ...wantedPath] = repository.split('/')
  const labels = host.split('.')
  const wanted = wantedHost.split('.')
  return (
    labels.length === wanted.length &&
    labels.every((label, index) => label === '*' || label === wanted[index]) &&
    path.every((part, index) => part === wantedPath[index])
  )
}
