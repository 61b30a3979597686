interface Proxied {
  /** The path on this server that stands for `/` of the backend. */
  prefix: string
  /** The host that the client asked, and the one that the backend is. */
  host: string
  backend: string
}

/** Where a redirect of a backend leads when it is followed through the proxy; what leads elsewhere stays as it is. */
export function rewriteLocation(location: string, { prefix, host, backend }: Proxied): string {
  const absolute = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)(.*)$/i.exec(location)
  const target = absolute?.[1]
  const path = absolute ? (absolute[2] ?? '') : location
  if (target !== undefined && target !== host && target !== backend) return location
  // A relative path is right wherever the page is.
  if (!path.startsWith('/') && !(absolute && path === '')) return location
  return `https://${host}${path.startsWith(prefix) ? path : prefix + path}`
}
