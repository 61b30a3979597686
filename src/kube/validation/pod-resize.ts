import { equalJson } from '../copy.ts'
import type { Container, Pod, ResourceRequirements } from '../generated/core-v1.ts'
import { qosClassOf } from '../pod-qos.ts'
import type { Rules } from './rules.ts'

/** What a change of resources through `resize` may not do. Mirrors upstream's ValidatePodResize. */
export function checkResize(rules: Rules, { spec }: Pod, previous: Pod): void {
  if (qosClassOf(spec) !== qosClassOf(previous.spec))
    rules.invalid('spec', previous.status?.qosClass ?? '', [
      'Pod QOS Class may not change as a result of resizing',
    ])
  for (const [index, before] of (previous.spec.containers ?? []).entries()) {
    // The door lets nothing through that would change their order.
    const after = spec.containers[index]
    if (after) checkContainerResize(rules, `spec.containers[${index}].resources`, { before, after })
  }
}

function checkContainerResize(
  rules: Rules,
  field: string,
  { before, after }: { before: Container; after: Container },
): void {
  for (const side of ['requests', 'limits'] as const)
    if (
      Object.keys(before.resources?.[side] ?? {}).some(name => after.resources?.[side]?.[name] === undefined)
    )
      rules.forbidden(`${field}.${side}`, `resource ${side} cannot be removed`)
  if (!equalJson(withoutResizable(before.resources), withoutResizable(after.resources)))
    rules.forbidden('spec', 'only cpu and memory resources are mutable')
}

const RESIZABLE = ['cpu', 'memory']

const withoutResizable = ({ requests = {}, limits = {}, claims = [] }: ResourceRequirements = {}) => {
  const others = (amounts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(amounts).filter(([name]) => !RESIZABLE.includes(name)))
  return { requests: others(requests), limits: others(limits), claims }
}
