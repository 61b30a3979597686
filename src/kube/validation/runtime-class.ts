import type { RuntimeClass } from '../generated/node-v1.ts'
import { dnsLabelProblems } from '../names.ts'
import { checkToleration } from './toleration.ts'
import { checkResources } from './resources.ts'
import type { Rules } from './rules.ts'

export function checkRuntimeClass(
  rules: Rules,
  { handler, overhead, scheduling }: RuntimeClass,
  previous: RuntimeClass | undefined,
): void {
  if (previous) rules.immutable('handler', handler, previous.handler)
  rules.name('handler', handler, dnsLabelProblems)
  if (overhead) checkResources(rules, 'overhead', { limits: overhead.podFixed })
  rules.labels('scheduling.nodeSelector', scheduling?.nodeSelector)
  for (const [index, toleration] of (scheduling?.tolerations ?? []).entries())
    checkToleration(rules, `scheduling.tolerations[${index}]`, toleration)
}
