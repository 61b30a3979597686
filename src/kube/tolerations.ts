import type { Taint, Toleration } from './generated/core-v1.ts'

/** Whether one of the tolerations lets a pod bear the taint. */
export const isTolerated = (taint: Taint, tolerations: readonly Toleration[] = []): boolean =>
  tolerations.some(toleration => tolerates(toleration, taint))

/** Whether this toleration is for the taint; one without key or effect is for all of them. */
export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false
  if (key ? key !== taint.key : operator !== 'Exists') return false
  switch (operator ?? 'Equal') {
    case '':
    case 'Equal':
      return (value ?? '') === (taint.value ?? '')
    case 'Exists':
      return true
    case 'Lt':
      return isWhole(value) && isWhole(taint.value) && BigInt(taint.value) < BigInt(value)
    case 'Gt':
      return isWhole(value) && isWhole(taint.value) && BigInt(taint.value) > BigInt(value)
    default:
      return false
  }
}

/** Taints that keep pods away, rather than only discourage them. */
export const isHard = ({ effect }: Taint): boolean => effect === 'NoSchedule' || effect === 'NoExecute'

const isWhole = (value: string | undefined): value is string =>
  value !== undefined && /^(0|-?[1-9]\d*)$/.test(value)
