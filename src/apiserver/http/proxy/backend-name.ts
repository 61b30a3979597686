/** What is proxied to, as its name in the path says it: `name`, `name:port` or `scheme:name:port`. */
export interface BackendName {
  scheme: 'http' | 'https'
  name: string
  /** A number or a name; empty for the first one. */
  port: string
}

/** Undefined for what is no such name. */
export function parseBackendName(text: string): BackendName | undefined {
  const parts = text.split(':')
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts]
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme)) return undefined
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port }
}
