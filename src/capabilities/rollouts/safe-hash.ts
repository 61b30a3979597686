import { createHash } from 'node:crypto'

/** The letters of Kubernetes' generated names: no vowels, so no words. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** JSON with sorted keys and without absent members, so that equal templates hash equally. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item
    const entries = Object.entries(item).filter(([, member]) => member !== null && member !== undefined)
    return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
  })
}

/**
 * Ten letters that name a value: the pod template hash and the step hash. Upstream hashes Go's memory layout;
 * only that equal things have equal hashes matters to those who read them.
 */
export function safeHash(value: unknown, collisions = 0): string {
  const digest = createHash('sha256').update(canonical(value))
  if (collisions > 0) digest.update(`#${collisions}`)
  return [...digest.digest().subarray(0, 10)].map(byte => ALPHABET[byte % ALPHABET.length]).join('')
}
