import { isFieldValue, isToken } from '../http/byte-class.ts'
import type {
  HTTPRouteSpecRulesItemBackendRefsItemFiltersItem as Filter,
  HTTPRouteSpecRulesItemBackendRefsItemFiltersItemRequestHeaderModifier as HeaderFilter,
  HTTPRouteSpecRulesItemBackendRefsItemFiltersItemRequestRedirectPath as PathModifier,
} from '../kinds/generated/http-route.ts'
import type { HeaderModifier, PathChange, Redirect, Rewrite } from '../routing/rule.ts'
import { RefusedError, unsupported } from './problem.ts'

/** The filters of a rule or backendRef, ready for the data plane. */
export interface Filters {
  requestHeaders: HeaderModifier | undefined
  responseHeaders: HeaderModifier | undefined
  redirect: Redirect | undefined
  rewrite: Rewrite | undefined
}

/** Throws RefusedError for what the data plane does not do; `where` is the field's path. */
export function compileFilters(filters: readonly Filter[] | undefined, where: string): Filters {
  const result: Filters = {
    requestHeaders: undefined,
    responseHeaders: undefined,
    redirect: undefined,
    rewrite: undefined,
  }
  for (const [index, filter] of (filters ?? []).entries()) {
    const at = `${where}[${index}]`
    const once = (present: unknown) => {
      if (present) throw new RefusedError('IncompatibleFilters', `${at}: ${filter.type} is there twice`)
    }
    switch (filter.type) {
      case 'RequestHeaderModifier':
        once(result.requestHeaders)
        result.requestHeaders = headerModifier(filter.requestHeaderModifier, at)
        break
      case 'ResponseHeaderModifier':
        once(result.responseHeaders)
        result.responseHeaders = headerModifier(filter.responseHeaderModifier, at)
        break
      case 'RequestRedirect': {
        once(result.redirect)
        const { scheme, hostname, port, path, statusCode } = filter.requestRedirect ?? {}
        const status = statusCode ?? 302
        if (![301, 302, 303, 307, 308].includes(status))
          throw unsupported(`${at}.requestRedirect.statusCode: ${status} is not a redirect`)
        result.redirect = { scheme, hostname, port, path: pathChange(path), status }
        break
      }
      case 'URLRewrite':
        once(result.rewrite)
        result.rewrite = {
          hostname: filter.urlRewrite?.hostname,
          path: pathChange(filter.urlRewrite?.path),
        }
        break
      default:
        throw unsupported(`${at}: the filter ${filter.type} is not supported`)
    }
  }
  if (result.redirect && result.rewrite)
    throw new RefusedError('IncompatibleFilters', `${where}: a redirect and a rewrite exclude each other`)
  return result
}

/** Filters of a backendRef: only those that change headers make sense after a backend was chosen. */
export function compileBackendFilters(filters: readonly Filter[] | undefined, where: string): Filters {
  const result = compileFilters(filters, where)
  if (result.redirect || result.rewrite)
    throw unsupported(`${where}: on a backendRef only header modifiers are supported`)
  return result
}

function headerModifier(filter: HeaderFilter | undefined, where: string): HeaderModifier {
  const remove = new Set<string>()
  let append = ''
  const check = (name: string, value = '') => {
    if (!isToken(name)) throw unsupported(`${where}: ${JSON.stringify(name)} is not a header name`)
    if (!isFieldValue(value)) throw unsupported(`${where}: the value of ${name} holds a forbidden character`)
    // These decide where a message ends and where it goes: a filter must not.
    if (/^(host|content-length|transfer-encoding|connection|upgrade)$/i.test(name))
      throw unsupported(`${where}: the header ${name} cannot be modified`)
  }
  for (const { name, value } of filter?.set ?? []) {
    check(name, value)
    remove.add(name.toLowerCase())
    append += `${name}: ${value}\r\n`
  }
  for (const { name, value } of filter?.add ?? []) {
    check(name, value)
    append += `${name}: ${value}\r\n`
  }
  for (const name of filter?.remove ?? []) {
    check(name)
    remove.add(name.toLowerCase())
  }
  return { remove, append }
}

function pathChange(path: PathModifier | undefined): PathChange | undefined {
  if (path === undefined) return undefined
  return path.type === 'ReplaceFullPath'
    ? { kind: 'full', path: path.replaceFullPath ?? '/' }
    : { kind: 'prefix', path: path.replacePrefixMatch ?? '/' }
}
