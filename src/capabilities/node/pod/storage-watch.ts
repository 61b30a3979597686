import { join } from 'node:path'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { COMPONENT, type NodeParts } from '../node-parts.ts'
import type { PodVolumes } from '../volumes/pod-volumes.ts'
import { usageOf } from '../volumes/usage.ts'
import type { PodVerdict } from './pod-step.ts'
import { limitsStorage, storageEviction } from './storage-eviction.ts'

/** The kubelet's eviction manager looks this often. */
const MEASURE_MS = 10_000

interface WatchedPod {
  directory: string
  volumes: PodVolumes
  pod(): Pod
  /** It takes too much. */
  evicted(): void
}

/** Looks from time to time how much disk a pod takes, when something limits that. */
export class StorageWatch implements Disposable {
  readonly #node: NodeParts
  readonly #watched: WatchedPod
  #measuring: Disposable | undefined
  #verdict: PodVerdict | undefined

  constructor(node: NodeParts, watched: WatchedPod) {
    this.#node = node
    this.#watched = watched
  }

  /** Why the pod has to end although its containers would run on. */
  get verdict(): PodVerdict | undefined {
    return this.#verdict
  }

  start(): void {
    const pod = this.#watched.pod()
    if (this.#measuring || !limitsStorage(pod)) return
    const { clock, log } = this.#node
    let busy = false
    const look = async () => {
      if (busy || this.#verdict) return
      busy = true
      try {
        await this.#look()
      } finally {
        busy = false
      }
    }
    this.#measuring = clock.every(MEASURE_MS, () => {
      look().catch(error => log.warn({ err: error, pod: pod.metadata.uid }, 'storage was not measured'))
    })
  }

  async #look(): Promise<void> {
    const pod = this.#watched.pod()
    const message = storageEviction(pod, await this.#usage(pod))
    if (message === undefined) return
    this.#verdict = { reason: 'Evicted', message }
    this.#node.events.record(pod, { type: 'Warning', reason: 'Evicted', message, component: COMPONENT })
    this.#watched.evicted()
  }

  async #usage(pod: Pod) {
    const logs = this.#node.logs.podDirectory(pod)
    const { directory, volumes } = this.#watched
    const containers = new Map<string, number>()
    for (const { name } of pod.spec.containers)
      containers.set(
        name,
        (await usageOf(join(directory, 'containers', name))) + (await usageOf(join(logs, name))),
      )
    return { volumes: await volumes.usage(pod), containers }
  }

  [Symbol.dispose](): void {
    this.#measuring?.[Symbol.dispose]()
    this.#measuring = undefined
  }
}
