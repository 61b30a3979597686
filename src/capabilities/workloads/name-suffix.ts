import { randomInt } from 'node:crypto'

/** The letters of generated names: no vowels and no look-alikes, as apimachinery's `util/rand`. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5
const MAX_NAME = 63

/** A random suffix of five safe letters. */
export const randomSuffix = (random: (below: number) => number = randomInt): string =>
  Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[random(ALPHABET.length)]).join('')

/** `base` with a random suffix, cut so that it stays a valid name. */
export const randomName = (base: string): string => base.slice(0, MAX_NAME - SUFFIX_LENGTH) + randomSuffix()

/** Maps every character into the safe alphabet, as `rand.SafeEncodeString` does with a hash's digits. */
export const safeEncode = (text: string): string =>
  [...text].map(character => ALPHABET[character.charCodeAt(0) % ALPHABET.length]).join('')
