import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import {
  ContainerRunner,
  type PodSurroundings,
  type RunningContainer,
} from '../container/container-runner.ts'
import type { PodFacts } from '../container/downward.ts'
import type { NodeParts } from '../node-parts.ts'
import { PodVolumes } from '../volumes/pod-volumes.ts'
import type { Mount } from '../volumes/container-root.ts'
import { removeTree } from '../image/unpack.ts'
import { allContainers, type ContainerView, viewFromStatus } from './container-view.ts'
import { isolationMessage } from './isolation.ts'
import type { Departure } from './leave-traffic.ts'
import type { PodPlace } from './pod-status.ts'
import type { PodStep } from './pod-step.ts'

/** One pod of this node: its address, directory, volumes and containers. */
export class PodRuntime implements PodSurroundings {
  readonly directory: string
  readonly departure: Departure = {}
  address: string
  readonly #node: NodeParts
  readonly #wake: () => void
  readonly #volumes: PodVolumes
  readonly #runners = new Map<string, ContainerRunner>()
  #pod: Pod
  #notice: string | undefined

  constructor(pod: Pod, node: NodeParts, wake: () => void) {
    this.#pod = pod
    this.#node = node
    this.#wake = wake
    const { uid, namespace = '' } = pod.metadata
    this.directory = join(node.podsDirectory, uid)
    this.address = pod.spec.hostNetwork ? node.hostIP : node.addresses.take(uid, pod.status?.podIP)
    this.#volumes = new PodVolumes(join(this.directory, 'volumes'), node.sourcesFor(namespace))
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    for (const { name } of allContainers(pod)) {
      const status = statuses.find(candidate => candidate.name === name)
      const view = status && viewFromStatus(status, node.clock.now())
      this.#runners.set(name, new ContainerRunner(name, this, node, view))
    }
  }

  pod(): Pod {
    return this.#pod
  }

  /** Takes note of a newer state of the object; older ones, from an informer that lags behind our own writes, are ignored. */
  observe(pod: Pod): Pod {
    if (Number(pod.metadata.resourceVersion) > Number(this.#pod.metadata.resourceVersion)) this.#pod = pod
    return this.#pod
  }

  get views(): ReadonlyMap<string, ContainerView> {
    return new Map([...this.#runners].map(([name, runner]) => [name, runner.view]))
  }

  running(container: string): RunningContainer | undefined {
    return this.#runners.get(container)?.running
  }

  get place(): PodPlace {
    return {
      podIP: this.address,
      hostIP: this.#node.hostIP,
      isolation: isolationMessage(this.#pod),
      notice: this.#notice,
    }
  }

  /** Image trees that containers of this pod run from. */
  get imageRoots(): string[] {
    return [...this.#runners.values()].flatMap(runner => runner.imageRoot ?? [])
  }

  facts(): PodFacts {
    const { hostIP, allocatable } = this.#node
    return { pod: this.#pod, podIP: this.address, hostIP, allocatable }
  }

  async prepareVolumes(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 })
    await this.#volumes.prepare(this.#pod, this.facts())
  }

  mountsOf(container: Container, env: Readonly<Record<string, string>>): Promise<Mount[]> {
    return this.#volumes.mountsOf(this.#pod, container, env)
  }

  changed(): void {
    this.#wake()
  }

  notice(text: string): void {
    this.#notice = text
    this.#wake()
  }

  refreshVolumes(): Promise<void> {
    return this.#volumes.refresh(this.#pod, this.facts())
  }

  /** Carries a step out: stops are only begun, starts are done when this resolves. */
  async carryOut(step: PodStep): Promise<void> {
    for (const { name, graceSeconds } of step.stop) void this.#runners.get(name)?.stop(graceSeconds)
    await Promise.all(step.start.map(name => this.#runners.get(name)?.start()))
  }

  /** Containers that wait for an image or an object are tried again at once. */
  retryNow(): void {
    for (const runner of this.#runners.values()) runner.retryNow()
  }

  /** Stops everything within so many seconds. */
  async stopAll(graceSeconds: number): Promise<void> {
    await Promise.all([...this.#runners.values()].map(runner => runner.stop(graceSeconds)))
  }

  /** The pod has ended: its address may go to another one. */
  releaseAddress(): void {
    this.#node.addresses.release(this.#pod.metadata.uid)
  }

  /** Removes what the pod left on disk. */
  async remove(): Promise<void> {
    this.releaseAddress()
    await removeTree(this.directory)
    await rm(this.#node.logs.podDirectory(this.#pod), { recursive: true, force: true })
  }
}
