import { EvaluationError } from '../cel-error.ts'
import { compareText } from '../equality.ts'
import { type Overload, overload } from '../overload.ts'
import { Opaque } from '../value.ts'

class SemverValue extends Opaque {
  override readonly typeName = 'kubernetes.Semver'
  readonly numbers: readonly bigint[]
  readonly prerelease: readonly string[]
  constructor(numbers: readonly bigint[], prerelease: readonly string[]) {
    super()
    this.numbers = numbers
    this.prerelease = prerelease
  }
  override equals(other: Opaque): boolean {
    return other instanceof SemverValue && order(this, other) === 0
  }
}

const NUMBER = '(0|[1-9]\\d*)'
const strict = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
)

/** A version by the rules of semver.org; `normalize` also takes `v1.2` and leading zeros. */
function parseSemver(text: string, normalize = false): SemverValue | undefined {
  const match = strict.exec(normalize ? normalized(text) : text)
  if (!match) return undefined
  const [, major = '', minor = '', patch = '', prerelease = ''] = match
  const identifiers = prerelease === '' ? [] : prerelease.split('.')
  if (identifiers.some(identifier => /^0\d+$/.test(identifier))) return undefined
  return new SemverValue([major, minor, patch].map(BigInt), identifiers)
}

function normalized(text: string): string {
  const [, core = '', rest = ''] = /^v?([\d.]*)(.*)$/s.exec(text) ?? []
  const numbers = core.split('.').map(number => number.replace(/^0+(?=\d)/, ''))
  while (numbers.length < 3) numbers.push('0')
  return numbers.join('.') + rest
}

function order(a: SemverValue, b: SemverValue): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n
    if (number !== other) return number < other ? -1 : 1
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return Math.sign(b.prerelease.length - a.prerelease.length)
  for (const [index, identifier] of a.prerelease.entries()) {
    const other = b.prerelease[index]
    if (other === undefined) return 1
    const result = orderIdentifiers(identifier, other)
    if (result !== 0) return result
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0
}

/** Numbers go before words. */
function orderIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (left && right) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0
  return left === right ? Math.sign(compareText(a, b)) : left ? -1 : 1
}

function needSemver(text: string, normalize?: boolean): SemverValue {
  const semver = parseSemver(text, normalize)
  if (!semver)
    throw new EvaluationError(`semver parse error during conversion from string: ${JSON.stringify(text)}`)
  return semver
}

const part = (index: number) => (semver: SemverValue) => semver.numbers[index] ?? 0n

/** Kubernetes' semver library. */
export const versions: readonly Overload[] = [
  overload('string_to_semver', 'semver(string): semver', (text: string) => needSemver(text)),
  overload('string_bool_to_semver', 'semver(string, bool): semver', needSemver),
  overload('is_semver_string', 'isSemver(string): bool', (text: string) => parseSemver(text) !== undefined),
  overload(
    'is_semver_string_bool',
    'isSemver(string, bool): bool',
    (text: string, normalize: boolean) => parseSemver(text, normalize) !== undefined,
  ),
  overload('semver_major', 'semver::major(): int', part(0)),
  overload('semver_minor', 'semver::minor(): int', part(1)),
  overload('semver_patch', 'semver::patch(): int', part(2)),
  overload(
    'semver_is_greater_than',
    'semver::isGreaterThan(semver): bool',
    (a: SemverValue, b: SemverValue) => order(a, b) > 0,
  ),
  overload(
    'semver_is_less_than',
    'semver::isLessThan(semver): bool',
    (a: SemverValue, b: SemverValue) => order(a, b) < 0,
  ),
  overload('semver_compare_to', 'semver::compareTo(semver): int', (a: SemverValue, b: SemverValue) =>
    BigInt(order(a, b)),
  ),
]
