/** Where upstream keeps a resource that is not under its plural name (default_storage_factory_builder.go). */
const special: Readonly<Record<string, string>> = {
  '/endpoints': 'services/endpoints',
  '/nodes': 'minions',
  '/replicationcontrollers': 'controllers',
  '/services': 'services/specs',
  'networking.k8s.io/ingresses': 'ingress',
}
/** Groups that servers of their own serve upstream; like custom resources they are kept under their group. */
const underGroup = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io'])

/** Where an object is, as the store names it. */
export interface Place {
  resource: string
  namespace: string
  name: string
}

/** The keys under which kube-apiserver keeps objects, so that `etcdctl` and it find them. */
export class EtcdKeys {
  /** Without a slash at its end. */
  readonly prefix: string
  readonly #paths = new Map<string, string>()
  readonly #resources = new Map<string, string>()

  /** `builtins` are `group/plural`; the first of several with one plural has the short path. */
  constructor(prefix: string, builtins: Iterable<string>) {
    this.prefix = `/${prefix.replace(/^\/+|\/+$/g, '')}`
    for (const resource of builtins) {
      const [group = '', plural = ''] = resource.split('/')
      const short = special[resource] ?? (underGroup.has(group) ? resource : plural)
      const path = this.#resources.has(short) && !this.#paths.has(resource) ? resource : short
      this.#paths.set(resource, path)
      this.#resources.set(path, resource)
    }
  }

  /** The first key of everything, and the first behind it. */
  get range(): { key: Buffer; rangeEnd: Buffer } {
    // '0' follows '/'.
    return { key: Buffer.from(`${this.prefix}/`), rangeEnd: Buffer.from(`${this.prefix}0`) }
  }

  keyOf({ resource, namespace, name }: Place): Buffer {
    const path = this.#paths.get(resource) ?? resource
    return Buffer.from([this.prefix, path, ...(namespace ? [namespace] : []), name].join('/'))
  }

  /** A key of Drave's own, which is no object. */
  ownKey(name: string): Buffer {
    return Buffer.from(`${this.prefix}/drave/${name}`)
  }

  /** Undefined for what is no object that could be served. */
  placeOf(key: Buffer): Place | undefined {
    const text = key.toString()
    if (!text.startsWith(`${this.prefix}/`)) return undefined
    const parts = text.slice(this.prefix.length + 1).split('/')
    for (const length of [1, 2]) {
      const path = parts.slice(0, length).join('/')
      // Groups of custom resources have a dot, plural names have none.
      const resource =
        this.#resources.get(path) ?? (length === 2 && parts[0]?.includes('.') ? path : undefined)
      const [first, second, ...more] = parts.slice(length)
      if (!resource || first === undefined || more.length > 0) continue
      return second === undefined
        ? { resource, namespace: '', name: first }
        : { resource, namespace: first, name: second }
    }
    return undefined
  }
}
