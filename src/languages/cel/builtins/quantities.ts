import { EvaluationError } from '../cel-error.ts'
import { type Overload, overload } from '../overload.ts'
import { Opaque } from '../value.ts'

/** A quantity: `mantissa` × 10 to the minus `scale`. */
class QuantityValue extends Opaque {
  override readonly typeName = 'kubernetes.Quantity'
  readonly mantissa: bigint
  readonly scale: number
  constructor(mantissa: bigint, scale: number) {
    super()
    this.mantissa = mantissa
    this.scale = scale
  }
  override equals(other: Opaque): boolean {
    return other instanceof QuantityValue && order(this, other) === 0
  }
}

const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const MAX_INT = 2n ** 63n - 1n

/** `1.5Gi`, `250m`, `1e3`; undefined for what is no quantity. */
function parseQuantity(text: string): QuantityValue | undefined {
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d{1,3})|(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]))?$/.exec(
    text,
  )
  if (!match) return undefined
  const [, sign, number = '', exponent, suffix = ''] = match
  const [integer = '', fraction = ''] = number.split('.')
  const digits = BigInt(`${integer}${fraction}` || '0') * (sign === '-' ? -1n : 1n)
  const power = binary.indexOf(suffix)
  if (power >= 0) return new QuantityValue(digits << BigInt(10 * (power + 1)), fraction.length)
  const tens = exponent === undefined ? (decimal[suffix] ?? 0) : Number(exponent.slice(1))
  const scale = fraction.length - tens
  return scale < 0 ? new QuantityValue(digits * 10n ** BigInt(-scale), 0) : new QuantityValue(digits, scale)
}

const raised = ({ mantissa, scale }: QuantityValue, to: number) => mantissa * 10n ** BigInt(to - scale)

function aligned(a: QuantityValue, b: QuantityValue): readonly [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale)
  return [raised(a, scale), raised(b, scale), scale]
}

function order(a: QuantityValue, b: QuantityValue): number {
  const [left, right] = aligned(a, b)
  return left < right ? -1 : left > right ? 1 : 0
}

function add(a: QuantityValue, b: QuantityValue | bigint, sign: bigint): QuantityValue {
  const other = typeof b === 'bigint' ? new QuantityValue(b, 0) : b
  const [left, right, scale] = aligned(a, other)
  return new QuantityValue(left + sign * right, scale)
}

function asInteger({ mantissa, scale }: QuantityValue): bigint | undefined {
  const unit = 10n ** BigInt(scale)
  const value = mantissa / unit
  return mantissa % unit !== 0n || value > MAX_INT || value < -MAX_INT ? undefined : value
}

function integer(quantity: QuantityValue): bigint {
  const value = asInteger(quantity)
  if (value === undefined) throw new EvaluationError('cannot convert value to integer')
  return value
}

/** Kubernetes' quantity library. */
export const quantities: readonly Overload[] = [
  overload('string_to_quantity', 'quantity(string): quantity', (text: string) => {
    const quantity = parseQuantity(text)
    if (!quantity)
      throw new EvaluationError(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      )
    return quantity
  }),
  overload(
    'is_quantity_string',
    'isQuantity(string): bool',
    (text: string) => parseQuantity(text) !== undefined,
  ),
  overload('quantity_sign', 'quantity::sign(): int', ({ mantissa }: QuantityValue) =>
    mantissa > 0n ? 1n : mantissa < 0n ? -1n : 0n,
  ),
  overload(
    'quantity_is_greater_than',
    'quantity::isGreaterThan(quantity): bool',
    (a: QuantityValue, b: QuantityValue) => order(a, b) > 0,
  ),
  overload(
    'quantity_is_less_than',
    'quantity::isLessThan(quantity): bool',
    (a: QuantityValue, b: QuantityValue) => order(a, b) < 0,
  ),
  overload(
    'quantity_compare_to',
    'quantity::compareTo(quantity): int',
    (a: QuantityValue, b: QuantityValue) => BigInt(order(a, b)),
  ),
  overload(
    'quantity_get_float',
    'quantity::asApproximateFloat(): double',
    ({ mantissa, scale }: QuantityValue) => Number(mantissa) / 10 ** scale,
  ),
  overload('quantity_get_int', 'quantity::asInteger(): int', integer),
  overload(
    'quantity_is_integer',
    'quantity::isInteger(): bool',
    (quantity: QuantityValue) => asInteger(quantity) !== undefined,
  ),
  ...(['quantity', 'int'] as const).flatMap(type => [
    overload(
      `quantity_add${type === 'int' ? '_int' : ''}`,
      `quantity::add(${type}): quantity`,
      (a: QuantityValue, b: QuantityValue) => add(a, b, 1n),
    ),
    overload(
      `quantity_sub${type === 'int' ? '_int' : ''}`,
      `quantity::sub(${type}): quantity`,
      (a: QuantityValue, b: QuantityValue) => add(a, b, -1n),
    ),
  ]),
]
