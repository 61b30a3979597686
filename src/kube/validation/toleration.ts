import type { Toleration } from '../generated/core-v1.ts'
import { labelValueProblems, qualifiedNameProblems } from '../names.ts'
import { notSupported } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

/** Rules of one toleration, of a pod or a runtime class. */
export function checkToleration(
  rules: Rules,
  field: string,
  { key, operator = '', value = '', effect = '', tolerationSeconds }: Toleration,
): void {
  if (key) rules.invalid(`${field}.key`, key, qualifiedNameProblems(key))
  else if (operator !== 'Exists')
    rules.invalid(`${field}.operator`, operator, [
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ])
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    rules.invalid(`${field}.effect`, effect, ["effect must be 'NoExecute' when `tolerationSeconds` is set"])
  checkOperator(rules, field, operator, value)
  if (effect) rules.among(`${field}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
}

function checkOperator(rules: Rules, field: string, operator: string, value: string): void {
  switch (operator) {
    case '':
    case 'Equal': {
      const problems = labelValueProblems(value)
      if (problems.length > 0) rules.invalid(`${field}.operator`, value, [problems.join(';')])
      break
    }
    case 'Exists':
      if (value)
        rules.invalid(`${field}.operator`, value, ["value must be empty when `operator` is 'Exists'"])
      break
    case 'Lt':
    case 'Gt':
      // Known names, behind a gate that is closed.
      rules.add(notSupported(`${field}.operator`, operator, ['Equal', 'Exists', 'Lt', 'Gt']))
      break
    default:
      rules.among(`${field}.operator`, operator, ['Equal', 'Exists'])
  }
}
