import { equalJson } from '../copy.ts'
import type { Container, EphemeralContainer, Pod, PodSpec } from '../generated/core-v1.ts'
import { notFoundValue } from '../schema/field-error.ts'
import { checkContainer, type ContainerContext } from './container.ts'
import type { Rules } from './rules.ts'

/** What an ephemeral container may have: nothing that a workload would rely on. */
const allowed: ReadonlySet<string> = new Set<keyof EphemeralContainer>([
  'name',
  'image',
  'command',
  'args',
  'workingDir',
  'envFrom',
  'env',
  'volumeMounts',
  'volumeDevices',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy',
  'securityContext',
  'stdin',
  'stdinOnce',
  'tty',
  'targetContainerName',
])
const REFUSAL = 'cannot be set for an Ephemeral Container'

/** Rules of `ephemeralContainers`, after those of the other lists: names are unique among all. */
export function checkEphemeralContainers(
  rules: Rules,
  field: string,
  spec: PodSpec,
  context: Omit<ContainerContext, 'isInit'>,
): void {
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name))
  for (const [index, container] of (spec.ephemeralContainers ?? []).entries()) {
    const at = `${field}.ephemeralContainers[${index}]`
    const { targetContainerName: target, volumeMounts = [] } = container
    // It has the fields of a container, and one more.
    checkContainer(rules, at, onlyAllowed(container) as Container, { ...context, isInit: false })
    if (target && !others.has(target)) rules.add(notFoundValue(`${at}.targetContainerName`, target))
    for (const [name, value] of Object.entries(container))
      if (!allowed.has(name) && !isEmpty(value)) rules.forbidden(`${at}.${name}`, REFUSAL)
    for (const [position, mount] of volumeMounts.entries())
      for (const name of ['subPath', 'subPathExpr'] as const)
        if (mount[name]) rules.forbidden(`${at}.volumeMounts[${position}].${name}`, REFUSAL)
  }
}

const onlyAllowed = (container: EphemeralContainer): Partial<EphemeralContainer> =>
  Object.fromEntries(Object.entries(container).filter(([name]) => allowed.has(name)))

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

/** What is there stays as it is: ephemeral containers are only added. */
export function checkEphemeralUpdate(rules: Rules, pod: Pod, previous: Pod): void {
  const now = new Map(pod.spec.ephemeralContainers?.map(container => [container.name, container]))
  for (const old of previous.spec.ephemeralContainers ?? []) {
    const same = now.get(old.name)
    if (!same)
      rules.forbidden(
        'spec.ephemeralContainers',
        `existing ephemeral containers "${old.name}" may not be removed\n`,
      )
    else if (!equalJson(same, old))
      rules.forbidden(
        'spec.ephemeralContainers',
        `existing ephemeral containers "${old.name}" may not be changed\n`,
      )
  }
}
