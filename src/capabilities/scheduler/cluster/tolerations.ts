import type { Taint, Toleration } from '../../../kube/generated/core-v1.ts'

/** Whether one of the tolerations lets a pod bear the taint. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[] = []): boolean {
  return tolerations.some(
    ({ key, operator = 'Equal', value, effect }) =>
      (!effect || effect === taint.effect) &&
      (key ? key === taint.key : operator === 'Exists') &&
      bears(operator, value ?? '', taint.value ?? ''),
  )
}

const WHOLE = /^(0|-?[1-9]\d*)$/

function bears(operator: string, asked: string, value: string): boolean {
  switch (operator) {
    case '':
    case 'Equal':
      return asked === value
    case 'Exists':
      return true
    case 'Lt':
      return WHOLE.test(asked) && WHOLE.test(value) && BigInt(value) < BigInt(asked)
    case 'Gt':
      return WHOLE.test(asked) && WHOLE.test(value) && BigInt(value) > BigInt(asked)
    default:
      return false
  }
}

/** Taints that keep pods away, rather than only discourage them. */
export const isHard = ({ effect }: Taint): boolean => effect === 'NoSchedule' || effect === 'NoExecute'
