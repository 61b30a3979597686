import type {
  HorizontalPodAutoscalerBehavior,
  HPAScalingRules,
} from '../../../kube/generated/autoscaling-v2.ts'

/** Without behaviour: what is recommended is kept for five minutes before fewer replicas are taken. */
const DOWNSCALE_WINDOW_MS = 300_000

/** What an autoscaler remembers between rounds; bounded by the longest window. */
export interface History {
  recommendations: readonly { at: number; replicas: number }[]
  ups: readonly { at: number; change: number }[]
  downs: readonly { at: number; change: number }[]
}

export const NO_HISTORY: History = { recommendations: [], ups: [], downs: [] }

interface Said {
  reason: string
  message: string
}

export interface Limited {
  replicas: number
  able: Said
  limited: Said & { isLimited: boolean }
  history: History
}

interface Wish {
  current: number
  desired: number
  min: number
  max: number
  behavior: HorizontalPodAutoscalerBehavior | undefined
  history: History
  now: number
}

const READY: Said = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
const UP_STABILIZED: Said = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
}
const DOWN_STABILIZED: Said = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
}
const WITHIN: Said = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
}
const TOO_MANY: Said = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
}
const TOO_FEW: Said = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
}
const TOO_FAST_UP: Said = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
}
const TOO_FAST_DOWN: Said = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
}

/** What becomes of a wish: steadied by what was recommended lately, then held within rates and bounds. */
export function limit(wish: Wish): Limited {
  const { current, desired, behavior, history, now } = wish
  const upWindow = behavior ? (behavior.scaleUp?.stabilizationWindowSeconds ?? 0) * 1000 : 0
  const downSeconds = behavior?.scaleDown?.stabilizationWindowSeconds
  const downWindow = downSeconds === undefined ? DOWNSCALE_WINDOW_MS : downSeconds * 1000
  const { recommendations } = history
  const within = (windowMs: number) =>
    recommendations.filter(({ at }) => at > now - windowMs).map(({ replicas }) => replicas)
  const lowest = Math.min(desired, ...within(upWindow))
  const highest = Math.max(desired, ...within(downWindow))
  const stabilized = behavior ? Math.min(Math.max(current, lowest), highest) : highest
  const steadied = desired >= current && behavior ? UP_STABILIZED : DOWN_STABILIZED
  const { replicas, ...said } = behavior
    ? byBehavior({ ...wish, behavior, desired: stabilized })
    : byFactor({ ...wish, desired: stabilized })
  const longest = Math.max(upWindow, downWindow)
  return {
    replicas,
    able: stabilized === desired ? READY : steadied,
    limited: { ...said, isLimited: replicas !== stabilized },
    history: {
      ...history,
      recommendations: [
        ...recommendations.filter(({ at }) => at > now - longest),
        { at: now, replicas: desired },
      ],
    },
  }
}

/** Without behaviour at most twice as many, and four in any case. */
function byFactor({ current, desired, min, max }: Wish): Said & { replicas: number } {
  const upLimit = Math.max(2 * current, 4)
  if (desired < min) return { replicas: min, ...TOO_FEW }
  const allowed = Math.min(max, upLimit)
  if (desired > allowed) return { replicas: allowed, ...(max > upLimit ? TOO_FAST_UP : TOO_MANY) }
  return { replicas: desired, ...WITHIN }
}

function byBehavior(wish: Wish & { behavior: HorizontalPodAutoscalerBehavior }): Said & { replicas: number } {
  const { current, desired, min, max, behavior } = wish
  if (desired > current) {
    const rate = Math.max(current, rateLimit('up', behavior.scaleUp, wish))
    const allowed = Math.min(max, rate)
    if (desired > allowed) return { replicas: allowed, ...(max > rate ? TOO_FAST_UP : TOO_MANY) }
  } else if (desired < current) {
    const rate = Math.min(current, rateLimit('down', behavior.scaleDown, wish))
    const allowed = Math.max(min, rate)
    if (desired < allowed) return { replicas: allowed, ...(min < rate ? TOO_FAST_DOWN : TOO_FEW) }
  }
  return { replicas: desired, ...WITHIN }
}

/** The farthest that the policies allow from where each one's period began. */
function rateLimit(
  direction: 'up' | 'down',
  rules: HPAScalingRules | undefined,
  { current, history, now }: Wish,
): number {
  const select = rules?.selectPolicy ?? 'Max'
  if (select === 'Disabled') return current
  const changed = (events: History['ups'], periodSeconds: number) =>
    events.filter(({ at }) => at > now - periodSeconds * 1000).reduce((sum, { change }) => sum + change, 0)
  const limits = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const began = current - changed(history.ups, periodSeconds) + changed(history.downs, periodSeconds)
    if (direction === 'up') return type === 'Pods' ? began + value : Math.ceil(began * (1 + value / 100))
    return type === 'Pods' ? began - value : Math.trunc(began * (1 - value / 100))
  })
  const isFarthest = (select === 'Max') === (direction === 'up')
  return isFarthest ? Math.max(...limits) : Math.min(...limits)
}

/** The history with a change of scale in it, without those that no policy asks for any more. */
export function withChange(
  history: History,
  change: { from: number; to: number },
  { behavior, now }: { behavior: HorizontalPodAutoscalerBehavior | undefined; now: number },
): History {
  if (!behavior) return history
  const periods = [behavior.scaleUp, behavior.scaleDown].flatMap(rules =>
    (rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds * 1000),
  )
  const recent = (events: History['ups']) => events.filter(({ at }) => at > now - Math.max(0, ...periods))
  const event = { at: now, change: Math.abs(change.to - change.from) }
  return change.to > change.from
    ? { ...history, ups: [...recent(history.ups), event] }
    : { ...history, downs: [...recent(history.downs), event] }
}
