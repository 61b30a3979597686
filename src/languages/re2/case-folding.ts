import { type CharacterSet, includes, setOf } from './character-set.ts'
import { scanProperty } from './property-scan.ts'

/** İ and ı change their case outside of Unicode's simple folding, which RE2 follows. */
const UNFOLDED = new Set([0x130, 0x131])
const KELVIN_SIGN = 0x212a
const LONG_S = 0x17f

let orbits: ReadonlyMap<number, readonly number[]> | undefined

/** The set and everything that differs from a member of it only in case. */
export function foldCase(set: CharacterSet): CharacterSet {
  const end = set.at(-1) ?? 0
  const added = end < 128 ? asciiFolds(set) : unicodeFolds(set)
  return added.length === 0 ? set : setOf([...set, ...added.flatMap(code => [code, code])])
}

/** Without the table of all letters, which takes some 10 ms to make. */
function asciiFolds(set: CharacterSet): number[] {
  const added: number[] = []
  for (let lower = 0x61; lower <= 0x7a; lower++) {
    const upper = lower - 32
    if (!includes(set, lower) && !includes(set, upper)) continue
    added.push(lower, upper)
    if (lower === 0x6b) added.push(KELVIN_SIGN)
    if (lower === 0x73) added.push(LONG_S)
  }
  return added
}

function unicodeFolds(set: CharacterSet): number[] {
  orbits ??= allOrbits()
  const added: number[] = []
  for (const [code, orbit] of orbits) if (includes(set, code)) added.push(...orbit)
  return added
}

/** Letters that are each other's upper, lower or title case, by each of them. */
function allOrbits(): Map<number, number[]> {
  const result = new Map<number, number[]>()
  const cased = scanProperty('Changes_When_Casemapped')
  for (let i = 0; i < cased.length; i += 2)
    for (let code = cased[i] ?? 0; code <= (cased[i + 1] ?? 0); code++) {
      if (UNFOLDED.has(code)) continue
      const character = String.fromCodePoint(code)
      join(result, code, onlyCode(character.toLowerCase()))
      join(result, code, onlyCode(character.toUpperCase()))
    }
  return result
}

function join(orbits: Map<number, number[]>, one: number, other: number | undefined): void {
  if (other === undefined || one === other) return
  const merged = [...new Set([...(orbits.get(one) ?? [one]), ...(orbits.get(other) ?? [other])])]
  for (const code of merged) orbits.set(code, merged)
}

function onlyCode(text: string): number | undefined {
  const code = text.codePointAt(0) ?? 0
  return text.length === (code > 0xffff ? 2 : 1) ? code : undefined
}
