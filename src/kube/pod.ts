import { findCondition, isConditionTrue } from './conditions.ts'
import type { Pod, PodTemplateSpec } from './generated/core-v1.ts'

/** Whether the pod's Ready condition holds. */
export const isPodReady = (pod: Pick<Pod, 'status'>): boolean =>
  isConditionTrue(pod.status?.conditions, 'Ready')

/** Whether the pod has been ready for `minReadySeconds`; `now` is milliseconds since the epoch. */
export function isPodAvailable(pod: Pick<Pod, 'status'>, minReadySeconds: number, now: number): boolean {
  if (!isPodReady(pod)) return false
  if (minReadySeconds === 0) return true
  const since = Date.parse(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '')
  return since + minReadySeconds * 1000 <= now
}

/** Letters and digits without vowels and look-alikes, so that no name reads as a word. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789'

/** FNV-1a, 32 bits. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

/** Ten characters or fewer that are safe in names, for a number. */
export const safeEncode = (value: number): string =>
  [...String(value)].map(char => SAFE[char.charCodeAt(0) % SAFE.length]).join('')

/**
 * The value of `pod-template-hash` for a template: the same for equal templates whatever the order of their
 * keys. `collisionCount` makes another one where two templates met on one name.
 */
export function podTemplateHash(template: PodTemplateSpec, collisionCount = 0): string {
  const text = JSON.stringify(template, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return safeEncode(fnv1a32(collisionCount === 0 ? text : `${text}${collisionCount}`))
}
