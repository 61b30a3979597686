import type { LimitRangeItem } from '../../kube/generated/core-v1.ts'
import { canonicalQuantity } from '../../kube/quantity.ts'
import { nanoOf } from '../../kube/pod-resources.ts'

/** What somebody asks for. Claims of volumes have no limits. */
export interface Asked {
  requests: Readonly<Record<string, string>>
  limits?: Readonly<Record<string, string>>
}

/** What of a limit range is broken, in upstream's words. */
export function brokenLimits(limit: LimitRangeItem, asked: Asked): string[] {
  const checks: [Readonly<Record<string, string>> | undefined, Check][] = [
    [limit.min, belowMinimum],
    [limit.max, asked.limits ? aboveMaximum : requestAboveMaximum],
    [asked.limits ? limit.maxLimitRequestRatio : undefined, aboveRatio],
  ]
  return checks.flatMap(([bounds, check]) =>
    Object.entries(bounds ?? {}).flatMap(([resource, text]) => {
      const bound = canonicalQuantity(text)
      const { requests, limits = {} } = asked
      const why = check({
        per: `${resource} usage per ${limit.type} is ${bound}`,
        ratio: `${resource} max limit to request ratio per ${limit.type} is ${bound}`,
        bound,
        request: requests[resource],
        limit: limits[resource],
      })
      return why === undefined ? [] : [why]
    }),
  )
}

interface Comparison {
  per: string
  ratio: string
  bound: string
  request: string | undefined
  limit: string | undefined
}
type Check = (comparison: Comparison) => string | undefined

const belowMinimum: Check = ({ per, bound, request, limit }) => {
  if (request === undefined) return `minimum ${per}.  No request is specified`
  if (nanoOf(request) < nanoOf(bound)) return `minimum ${per}, but request is ${canonicalQuantity(request)}`
  if (limit !== undefined && nanoOf(limit) < nanoOf(bound))
    return `minimum ${per}, but limit is ${canonicalQuantity(limit)}`
  return undefined
}

const aboveMaximum: Check = ({ per, bound, request, limit }) => {
  if (limit === undefined) return `maximum ${per}.  No limit is specified`
  if (nanoOf(limit) > nanoOf(bound)) return `maximum ${per}, but limit is ${canonicalQuantity(limit)}`
  if (request !== undefined && nanoOf(request) > nanoOf(bound))
    return `maximum ${per}, but request is ${canonicalQuantity(request)}`
  return undefined
}

const requestAboveMaximum: Check = ({ per, bound, request }) => {
  if (request === undefined) return `maximum ${per}.  No request is specified`
  return nanoOf(request) > nanoOf(bound)
    ? `maximum ${per}, but request is ${canonicalQuantity(request)}`
    : undefined
}

const aboveRatio: Check = ({ ratio, bound, request, limit }) => {
  const [asked, limited] = [nanoOf(request ?? 0), nanoOf(limit ?? 0)]
  if (asked === 0n) return `${ratio}, but no request is specified or request is 0`
  if (limited === 0n) return `${ratio}, but no limit is specified or limit is 0`
  const observed = Number(limited) / Number(asked)
  return observed > Number(nanoOf(bound)) / 1e9
    ? `${ratio}, but provided ratio is ${observed.toFixed(6)}`
    : undefined
}
