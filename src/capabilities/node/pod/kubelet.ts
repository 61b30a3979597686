import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf, type ReconcileResult } from '../../../kernel/controller.ts'
import { copyJson, equalJson } from '../../../kube/copy.ts'
import {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  type PodStatus,
  Secret,
  Service,
  ServiceAccount,
} from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import { SIMULATED_CLASS } from '../../../kube/simulated.ts'
import { isConflict, isNotFound } from '../../../kube/status.ts'
import type { NodeAgent } from '../node-agent.ts'
import { COMPONENT } from '../node-parts.ts'
import { claimNameOf } from '../volumes/claimed-path.ts'
import { BY_POD, leavingIn, mayStopAt, podsIn, standingOf } from './leave-traffic.ts'
import { PodRuntime } from './pod-runtime.ts'
import { podStatus } from './pod-status.ts'
import { type PodSituation, podStep } from './pod-step.ts'
import { unsupportedFields } from './unsupported.ts'

/** Pods of a namespace by the ConfigMaps and Secrets they name: `ConfigMap/NAME`. */
const BY_REFERENCE = 'references'
/** Starting a container waits for the disk only. */
const CONCURRENCY = 16

/** Runs the pods that are bound to this node. */
export function kubelet(kernel: Kernel, agent: NodeAgent): Controller {
  const pods = kernel.informers.for(Pod)
  pods.addIndex(BY_REFERENCE, referencesOf)
  kernel.informers.for(EndpointSlice).addIndex(BY_POD, podsIn)
  const using = (object: KubeObject, kind: string) =>
    pods.by(BY_REFERENCE, `${kind}/${keyOf(object)}`).map(keyOf)

  return {
    name: 'kubelet',
    concurrency: CONCURRENCY,
    watches: [
      objectsOf(Pod),
      mappedFrom(ConfigMap, object => using(object, 'ConfigMap')),
      mappedFrom(Secret, object => using(object, 'Secret')),
      mappedFrom(PersistentVolumeClaim, object => using(object, 'PersistentVolumeClaim')),
      // Looked up by the claims that are bound to them.
      { kind: PersistentVolume, keys: () => [] },
      mappedFrom(EndpointSlice, leavingIn),
      // Containers are told of Services when they start, and of nothing later.
      { kind: Service, keys: () => [] },
      { kind: ServiceAccount, keys: () => [] },
    ],
    wakes(wake) {
      const subscriptions = [
        agent.onWake(wake),
        kernel.informers.for(ConfigMap).onChange(({ object }) => agent.retry(using(object, 'ConfigMap'))),
        kernel.informers.for(Secret).onChange(({ object }) => agent.retry(using(object, 'Secret'))),
        kernel.informers
          .for(PersistentVolumeClaim)
          .onChange(({ object }) => agent.retry(using(object, 'PersistentVolumeClaim'))),
      ]
      return {
        [Symbol.dispose]() {
          for (const subscription of subscriptions) subscription[Symbol.dispose]()
        },
      }
    },
    async reconcile(key): Promise<ReconcileResult> {
      const pod = pods.get(key)
      await agent.dropOthers(key, pod?.metadata.uid)
      if (!pod || pod.spec.nodeName !== agent.parts.name || pod.spec.runtimeClassName === SIMULATED_CLASS)
        return
      const runtime = agent.runtimeOf(pod, () => new PodRuntime(pod, agent.parts, () => agent.wake(key)))
      try {
        return await sync(kernel, runtime, runtime.observe(pod))
      } catch (error) {
        // Deleted meanwhile: the informer will say so.
        if (!isNotFound(error)) throw error
      }
    },
  }
}

async function sync(kernel: Kernel, runtime: PodRuntime, pod: Pod): Promise<ReconcileResult> {
  const { clock } = kernel
  const situation = (): PodSituation => ({
    pod: runtime.pod(),
    views: runtime.views,
    now: clock.now(),
    eviction: runtime.eviction,
  })
  const refused = pod.metadata.deletionTimestamp ? [] : unsupportedFields(pod)
  if (refused.length > 0) {
    await refuse(kernel, runtime, refused)
    return
  }
  if (pod.metadata.deletionTimestamp) {
    const { uid } = pod.metadata
    const standing = standingOf(uid, kernel.informers.for(EndpointSlice).by(BY_POD, uid))
    const waitMs = mayStopAt(pod, runtime.departure, standing, clock.elapsed()) - clock.elapsed()
    if (waitMs > 0) return { after: waitMs }
  }
  const settled = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (!settled && !pod.metadata.deletionTimestamp) runtime.resizeInPlace()
  const first = situation()
  const step = podStep(first)
  if (settled && step.ended && !pod.metadata.deletionTimestamp) {
    runtime.releaseAddress()
    return
  }
  // The address and ContainerCreating are shown before anything that takes time.
  if (step.start.length > 0 && !pod.status?.startTime)
    await writeStatus(kernel, runtime, podStatus(first, step, runtime.place))
  if (!pod.metadata.deletionTimestamp) await runtime.refreshVolumes()
  await runtime.carryOut(step)

  const after = situation()
  const next = podStep(after)
  // Its verdict counts as given until the phase says so.
  await writeStatus(
    kernel,
    runtime,
    podStatus(after, { ...next, verdict: next.verdict ?? step.verdict }, runtime.place),
  )
  if (pod.metadata.deletionTimestamp && next.ended) {
    const { name, namespace, uid } = pod.metadata
    // What is left on disk goes when the object has gone.
    await kernel.client
      .delete(Pod, { name, namespace }, { gracePeriodSeconds: 0, preconditions: { uid } })
      .catch(ignoreReplaced)
    return
  }
  if (next.start.length > 0 || next.stop.length > 0) return { after: 0 }
  const resizeAt = clock.now() + (runtime.resize.retryAfterMs ?? Infinity)
  const wakeAt = Math.min(next.wakeAt ?? Infinity, runtime.tokensDueAt ?? Infinity, resizeAt)
  if (wakeAt !== Infinity) return { after: Math.max(0, wakeAt - clock.now()) }
}

/** Another pod of the same name is there already, so ours is gone. */
function ignoreReplaced(error: unknown): void {
  if (!isConflict(error)) throw error
}

/** A pod with fields that this node cannot honour waits, and says which. */
async function refuse(kernel: Kernel, runtime: PodRuntime, fields: readonly string[]): Promise<void> {
  const pod = runtime.pod()
  const message = fields.join('; ')
  const views = new Map(
    [...runtime.views].map(([name, view]) => [
      name,
      { ...view, state: { kind: 'waiting' as const, reason: 'CreateContainerConfigError', message } },
    ]),
  )
  const step = { start: [], stop: [], initialized: true, initFailed: false, ended: false }
  const status = podStatus({ pod, views, now: kernel.clock.now() }, step, runtime.place)
  if (await writeStatus(kernel, runtime, status))
    kernel.events.record(pod, {
      type: 'Warning',
      reason: 'Failed',
      message: `Error: ${message}`,
      component: COMPONENT,
    })
}

/** Writes a status if it says something new; true when it did. */
async function writeStatus(kernel: Kernel, runtime: PodRuntime, wanted: PodStatus): Promise<boolean> {
  const { metadata, status } = runtime.pod()
  // Only these may have to be taken back.
  const whole: Record<string, unknown> = { message: undefined, reason: undefined, ...wanted }
  const patch: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(whole)) {
    const old = (status as Record<string, unknown> | undefined)?.[name]
    if (!equalJson(value, old)) patch[name] = copyJson(value) ?? null
  }
  if (Object.keys(patch).length === 0) return false
  const { name, namespace, resourceVersion } = metadata
  const written = await kernel.client.patch(
    Pod,
    { name, namespace },
    { metadata: { resourceVersion }, status: patch },
    { subresource: 'status' },
  )
  runtime.observe(written)
  return true
}

/** `ConfigMap/NAMESPACE/NAME` and so on for everything a pod's containers and volumes name. */
function referencesOf(pod: Pod): string[] {
  const { metadata, spec } = pod
  const names = new Set<string>()
  const add = (kind: string, name: string | undefined) => {
    if (name) names.add(`${kind}/${metadata.namespace}/${name}`)
  }
  for (const { env = [], envFrom = [] } of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { configMapRef, secretRef } of envFrom) {
      add('ConfigMap', configMapRef?.name)
      add('Secret', secretRef?.name)
    }
    for (const { valueFrom } of env) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name)
      add('Secret', valueFrom?.secretKeyRef?.name)
    }
  }
  for (const { name } of spec.imagePullSecrets ?? []) add('Secret', name)
  for (const volume of spec.volumes ?? []) {
    const { configMap, secret, projected } = volume
    add('PersistentVolumeClaim', claimNameOf(pod, volume))
    add('ConfigMap', configMap?.name)
    add('Secret', secret?.secretName)
    for (const source of projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name)
      add('Secret', source.secret?.name)
    }
  }
  return [...names]
}
