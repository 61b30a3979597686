import type { Container, Pod } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { RequestOptions } from '../request.ts'
import type { Behaviour, View } from '../resources/behaviour.ts'
import { withStatusOf } from '../resources/with-status.ts'
import { carryOver } from './pod-carry-over.ts'
import { qosClassOf } from '../../kube/pod-qos.ts'
import { prepareScheduling } from './pod-scheduling.ts'

// The behaviour is that of Pods only.
const asPod = (object: KubeObject) => object as unknown as Pod

export const DEFAULT_GRACE_SECONDS = 30

export const podBehaviour: Partial<Behaviour> = {
  countsGenerations: true,
  prepareCreate(object, { now }) {
    const pod = asPod(object)
    const { spec } = pod
    // As its warning says.
    if ((spec?.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1
    pod.status = { phase: 'Pending', qosClass: qosClassOf(spec) }
    prepareScheduling(pod, now)
  },
  prepareUpdate(next, previous) {
    carryOver(asPod(next), asPod(previous))
    const qosClass = asPod(previous).status?.qosClass
    const { status } = asPod(next)
    if (status && qosClass) status.qosClass = qosClass
  },
  gracePeriodSeconds,
  views: {
    status: (wished, current) => {
      const { labels, annotations } = wished.metadata
      return withStatusOf({ ...current, metadata: { ...current.metadata, labels, annotations } }, wished)
    },
    binding: wished => wished,
    ephemeralcontainers: onSpec(({ ephemeralContainers }, current) => ({ ...current, ephemeralContainers })),
    resize: onSpec((wished, current) => ({
      ...current,
      containers: current.containers.map(container => resized(container, wished.containers)),
    })),
  },
}

type PodSpec = NonNullable<Pod['spec']>

function onSpec(merge: (wished: PodSpec, current: PodSpec) => PodSpec): View {
  return (wished, current) => {
    const [from, to] = [asPod(wished).spec, asPod(current).spec]
    return from && to ? ({ ...current, spec: merge(from, to) } as KubeObject) : current
  }
}

function resized(container: Container, wished: readonly Container[]): Container {
  const same = wished.find(other => other.name === container.name)
  return same ? { ...container, resources: same.resources, resizePolicy: same.resizePolicy } : container
}

/** The node ends the pod; one that no node has, or that has ended, goes at once. */
function gracePeriodSeconds(object: KubeObject, options: RequestOptions): number {
  const { spec, status, metadata } = asPod(object)
  const asked = options.gracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS
  if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0
  const wanted = Math.max(0, asked)
  const { deletionGracePeriodSeconds } = metadata
  return deletionGracePeriodSeconds === undefined ? wanted : Math.min(wanted, deletionGracePeriodSeconds)
}
