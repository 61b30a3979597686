/** A name or URL that git must not be given. */
export class GitNameError extends Error {
  override name = 'GitNameError'
}

const DNS_LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'
const REPOSITORY = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`)

/** Whether a string can name a repository of the built-in server: an object's name that is also a safe folder name. */
export const isRepositoryName = (name: string): boolean =>
  name.length <= 100 && REPOSITORY.test(name) && !/\.(git|lock)$/.test(name)

const CONTROL_OR_SPECIAL = /[\p{Cc} ~^:?*[\\]/u

/** The rules of `git check-ref-format` for a branch or tag name, and no leading dash. */
export function isRefName(name: string): boolean {
  if (name === '' || name === '@' || name.length > 250) return false
  if (CONTROL_OR_SPECIAL.test(name) || name.includes('..') || name.includes('@{')) return false
  if (name.startsWith('-') || name.startsWith('/') || name.endsWith('/') || name.includes('//')) return false
  return name
    .split('/')
    .every(part => !part.startsWith('.') && !part.endsWith('.lock') && !part.endsWith('.'))
}

/** A full or abbreviated object name (at least seven hexadecimal digits). */
export const isObjectName = (name: string): boolean => /^[0-9a-f]{7,64}$/.test(name)

/** A full SHA-1 or SHA-256 object name. */
export const isFullObjectName = (name: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)

const SCP_LIKE = /^(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+:(?!\/\/|:)[^\s]+$/

/** Throws GitNameError for a repository URL that is not HTTP(S) or SSH (or, where allowed, a file). */
export function checkRepositoryUrl(url: string, { allowFile = false } = {}): void {
  if (url === '' || url.startsWith('-') || /[\p{Cc}\s]/u.test(url))
    throw new GitNameError(`repository URL "${url}" is not valid`)
  if (/^(?:https?|ssh):\/\/[^/]/.test(url)) {
    if (!URL.canParse(url)) throw new GitNameError(`repository URL "${url}" is not valid`)
    // A host or user that starts with a dash would be taken as an option of ssh.
    if (/^-/.test(new URL(url).hostname) || /^-/.test(new URL(url).username))
      throw new GitNameError(`repository URL "${url}" is not valid`)
    return
  }
  if (url.startsWith('file://') || url.startsWith('/')) {
    if (allowFile) return
    throw new GitNameError(
      `repository URL "${url}": files are not allowed as repositories; set gitops.allowFileRepositories to permit them`,
    )
  }
  if (SCP_LIKE.test(url)) return
  throw new GitNameError(`repository URL "${url}": only http, https and ssh are supported`)
}

/** The URL without a user and password, for messages and logs. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1')
}
