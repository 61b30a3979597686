import type {
  HTTPRoute,
  HTTPRouteSpecRulesItem,
  HTTPRouteSpecRulesItemBackendRefsItem as BackendRef,
} from '../kinds/generated/http-route.ts'
import type { ServiceTarget } from '../proxy/service-target.ts'
import type { RouteMatch } from '../routing/match.ts'
import { boundsOf, type Choice, chained, type Rule } from '../routing/rule.ts'
import { parseDuration } from './duration.ts'
import { compileBackendFilters, compileFilters } from './filters.ts'
import { compileMatch } from './matches.ts'
import { type Problem, RefusedError, unsupported } from './problem.ts'
import { compileSession } from './session.ts'

/** Finds the Service that a backendRef names, or says why it cannot be used. */
export type ResolveBackend = (
  namespace: string,
  ref: BackendRef,
  where: string,
) => { target: ServiceTarget } | Problem

/** A route as the data plane uses it. */
export interface CompiledRoute {
  /** Why the whole route is refused; then there are no matches. */
  refused: Problem | undefined
  /** The first reference that leads nowhere: its share of the requests is answered with 500. */
  unresolved: Problem | undefined
  matches: readonly RouteMatch[]
  /** The Services it leads to. */
  targets: ReadonlySet<ServiceTarget>
}

/** Compiles a route whole or refuses it whole: bad input never half-applies. */
export function compileRoute(route: HTTPRoute, resolve: ResolveBackend): CompiledRoute {
  const namespace = route.metadata.namespace ?? 'default'
  const problems: Problem[] = []
  const matches: RouteMatch[] = []
  const targets = new Set<ServiceTarget>()
  try {
    for (const [index, spec] of (route.spec.rules ?? [{}]).entries()) {
      const where = `spec.rules[${index}]`
      const rule = compileRule(route, spec, {
        where,
        name: spec.name ?? String(index),
        resolve: (ref, at) => {
          const found = resolve(namespace, ref, at)
          if ('target' in found) {
            targets.add(found.target)
            return found.target
          }
          problems.push(found)
          return undefined
        },
      })
      for (const [position, match] of (spec.matches?.length ? spec.matches : [{}]).entries()) {
        const compiled = compileMatch(match, `${where}.matches[${position}]`)
        checkPathChanges(rule, compiled.path.kind, where)
        const order = {
          created: route.metadata.creationTimestamp,
          route: rule.route,
          rule: index,
          match: position,
        }
        matches.push({ ...compiled, rule, order })
      }
    }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return {
      refused: { reason: error.reason, message: error.message },
      unresolved: problems[0],
      matches: [],
      targets,
    }
  }
  return { refused: undefined, unresolved: problems[0], matches, targets }
}

interface RuleContext {
  where: string
  name: string
  resolve(ref: BackendRef, where: string): ServiceTarget | undefined
}

function compileRule(route: HTTPRoute, spec: HTTPRouteSpecRulesItem, context: RuleContext): Rule {
  const { where } = context
  const filters = compileFilters(spec.filters, `${where}.filters`)
  const refs = spec.backendRefs ?? []
  if (filters.redirect && refs.length > 0)
    throw new RefusedError('IncompatibleFilters', `${where}: a redirect leaves nothing for backendRefs`)
  const choices = refs.map((ref, index): Choice => {
    const at = `${where}.backendRefs[${index}]`
    const own = compileBackendFilters(ref.filters, `${at}.filters`)
    return {
      target: context.resolve(ref, at),
      requestHeaders: chained(filters.requestHeaders, own.requestHeaders),
      responseHeaders: chained(filters.responseHeaders, own.responseHeaders),
    }
  })
  const sticky = compileSession(route, spec, where)
  return {
    route: `${route.metadata.namespace}/${route.metadata.name}`,
    name: context.name,
    redirect: filters.redirect,
    rewrite: filters.rewrite,
    responseHeaders: filters.responseHeaders,
    choices,
    bounds: boundsOf(refs.map(ref => ref.weight ?? 1)),
    sticky: refs.length > 1 ? sticky : undefined,
    requestTimeoutMs: timeout(spec.timeouts?.request, `${where}.timeouts.request`),
    backendTimeoutMs: timeout(spec.timeouts?.backendRequest, `${where}.timeouts.backendRequest`),
  }
}

function checkPathChanges(rule: Rule, kind: RouteMatch['path']['kind'], where: string): void {
  for (const change of [rule.rewrite?.path, rule.redirect?.path])
    if (change?.kind === 'prefix' && kind !== 'prefix')
      throw new RefusedError(
        'IncompatibleFilters',
        `${where}: ReplacePrefixMatch needs matches of type PathPrefix`,
      )
}

function timeout(text: string | undefined, where: string): number {
  if (text === undefined) return 0
  const ms = parseDuration(text)
  if (ms === undefined) throw unsupported(`${where}: ${JSON.stringify(text)} is not a duration`)
  return ms
}
