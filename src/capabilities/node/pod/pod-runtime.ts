import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod, Secret } from '../../../kube/generated/core-v1.ts'
import { ContainerRunner } from '../container/container-runner.ts'
import type { PodSurroundings, RunningContainer } from '../container/pod-surroundings.ts'
import type { PodFacts } from '../container/downward.ts'
import { imageFor } from '../image/image-for.ts'
import type { LocalImage } from '../image/image-store.ts'
import { pullSecrets } from '../image/registry/credentials.ts'
import { type ContainerRuntime, type Isolation, SandboxError } from '../runtime/container-runtime.ts'
import { removeTree } from '../image/unpack.ts'
import { COMPONENT, type NodeParts } from '../node-parts.ts'
import { PodHostPorts } from '../network/pod-host-ports.ts'
import { resizeInPlace } from '../resize/resize-in-place.ts'
import { PodResize } from '../resize/pod-resize.ts'
import type { Measured } from '../usage/usage-sampler.ts'
import type { Mount } from '../volumes/container-root.ts'
import { unmountBelow } from '../volumes/memory-volume.ts'
import { PodTokens } from '../volumes/pod-tokens.ts'
import { PodVolumes, VolumeError } from '../volumes/pod-volumes.ts'
import { type ContainerView, runnableContainers, viewFromStatus } from './container-view.ts'
import type { Departure } from './leave-traffic.ts'
import type { PodPlace } from './pod-status.ts'
import type { PodStep, PodVerdict } from './pod-step.ts'
import { StorageWatch } from './storage-watch.ts'

const NO_RUNTIME: Isolation = {
  isIsolated: false,
  reason: 'NoRuntime',
  message: 'This node has no runtime for the pod',
}

/** One pod of this node: its address, directory, volumes and containers. */
export class PodRuntime implements PodSurroundings {
  readonly directory: string
  readonly departure: Departure = {}
  address = ''
  #runtime: ContainerRuntime | undefined
  readonly #node: NodeParts
  readonly #wake: () => void
  readonly #tokens: PodTokens
  readonly #volumes: PodVolumes
  readonly #storage: StorageWatch
  readonly #runners = new Map<string, ContainerRunner>()
  readonly resize: PodResize
  readonly #ports: PodHostPorts
  /** Its volumes were set up by an earlier process. */
  #adopted = false
  #notice: string | undefined
  #isOver = false

  constructor(pod: Pod, node: NodeParts, wake: () => void) {
    this.resize = new PodResize(pod, node)
    this.#node = node
    this.#wake = wake
    const { uid, namespace = '' } = pod.metadata
    this.directory = join(node.podsDirectory, uid)
    try {
      this.runtime()
    } catch (error) {
      // Its class may be made later: said when a container is to start.
      if (!(error instanceof SandboxError)) throw error
    }
    this.#tokens = new PodTokens(node.clock, node.requestToken)
    this.#volumes = new PodVolumes({
      directory: join(this.directory, 'volumes'),
      copies: join(this.directory, 'containers'),
      sources: { ...node.sourcesFor(namespace), token: projection => this.#tokens.token(projection) },
      imageRoot: (reference, { image }) =>
        this.image({ image: reference, imagePullPolicy: image?.pullPolicy }).then(found => found?.root ?? ''),
    })
    this.#storage = new StorageWatch(node, {
      directory: this.directory,
      volumes: this.#volumes,
      pod: () => this.#pod,
      evicted: wake,
    })
    this.#ports = new PodHostPorts(node, {
      pod: () => this.#pod,
      podIP: () => this.address,
      sharesNetwork: () => this.#runtime?.network === undefined,
    })
    this.#addRunners()
  }

  /** With what it is allocated. */
  get #pod(): Pod {
    return this.resize.pod
  }

  /** Ephemeral containers come when the pod already runs. */
  #addRunners(): void {
    const {
      initContainerStatuses = [],
      containerStatuses = [],
      ephemeralContainerStatuses = [],
    } = this.#pod.status ?? {}
    const statuses = [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses]
    for (const { name } of runnableContainers(this.#pod)) {
      if (this.#runners.has(name)) continue
      const status = statuses.find(candidate => candidate.name === name)
      const exitCode = this.#node.records.takeExitCode(this.#pod.metadata.uid, name)
      const view = status && viewFromStatus(status, this.#node.clock.now(), exitCode)
      const runner = new ContainerRunner(name, this, this.#node, view)
      this.#runners.set(name, runner)
      const survivor = this.#runtime && this.#node.records.takeSurvivor(this.#pod.metadata.uid, name)
      if (!survivor) continue
      // As the status that was written last has it.
      runner.view.started = status?.started ?? false
      runner.view.passing = status?.ready ?? false
      runner.view.given = status?.resources
      runner.adopt(survivor)
      this.#adopted = true
    }
  }

  runtime(): ContainerRuntime {
    if (this.#runtime) return this.#runtime
    const { uid } = this.#pod.metadata
    const runtime = this.#node.runtimeFor(this.#pod)
    const wanted = this.#pod.status?.podIP
    const network = runtime.network ?? this.#node.addresses
    this.address = this.#pod.spec.hostNetwork ? this.#node.hostIP : network.take(uid, wanted)
    this.#runtime = runtime
    return runtime
  }

  /** The image of one of the pod's containers or volumes, pulled if need be. Throws PullError. */
  image(
    container: Pick<Container, 'image' | 'imagePullPolicy' | 'command'>,
  ): Promise<LocalImage | undefined> {
    const { images, puller, clock, events } = this.#node
    const runsHostCommands = this.runtime().runsHostCommands
    return imageFor({
      container,
      form: runsHostCommands ? 'shared' : 'faithful',
      mayRunOnHost: runsHostCommands,
      images,
      puller,
      clock,
      keyring: () => pullSecrets(this.#pullSecrets()),
      event: (reason, message) =>
        events.record(this.#pod, { type: 'Normal', reason, message, component: COMPONENT }),
    })
  }

  /** The pod's own, or its service account's where it has none. Those that do not exist are left out. */
  #pullSecrets(): Secret[] {
    const { metadata, spec } = this.#pod
    const sources = this.#node.sourcesFor(metadata.namespace ?? '')
    const account = sources.serviceAccount(spec.serviceAccountName || 'default')
    const named = spec.imagePullSecrets?.length ? spec.imagePullSecrets : (account?.imagePullSecrets ?? [])
    return named.flatMap(({ name = '' }) => sources.secret(name) ?? [])
  }

  pod(): Pod {
    return this.#pod
  }

  /** Takes note of a newer state of the object; older ones, from an informer that lags behind our own writes, are ignored. */
  observe(pod: Pod): Pod {
    if (Number(pod.metadata.resourceVersion) > Number(this.#pod.metadata.resourceVersion)) {
      this.resize.observe(pod)
      this.#addRunners()
    }
    return this.#pod
  }

  get views(): ReadonlyMap<string, ContainerView> {
    return new Map([...this.#runners].map(([name, runner]) => [name, runner.view]))
  }

  running(container: string): RunningContainer | undefined {
    return this.#runners.get(container)?.running
  }

  /** What of the pod runs now. */
  get measured(): Measured[] {
    return [...this.#runners].flatMap(([container, { running }]) => {
      if (!running) return []
      const { id, startedAt, cgroup, process } = running
      return [{ pod: this.#pod, container, run: id, pid: process.pid, startedAt, cgroup }]
    })
  }

  get place(): PodPlace {
    return {
      podIP: this.address,
      hostIP: this.#node.hostIP,
      isolation: this.#runtime?.isolationOf(this.#pod) ?? NO_RUNTIME,
      notice: this.#notice,
      resize: this.resize.conditions,
    }
  }

  /** Allocates what the pod asks for by now, where that can be had, and gives it to its containers. */
  resizeInPlace(): void {
    resizeInPlace({ resize: this.resize, node: this.#node, runners: this.#runners, wake: this.#wake })
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
    await this.#tokens.ensure(this.#pod).catch(error => {
      throw new VolumeError(`MountVolume.SetUp failed : ${(error as Error).message}`, { cause: error })
    })
    await this.#volumes.prepare(this.#pod, this.facts())
    this.#storage.start()
  }

  /** When a token in the pod's volumes is to be renewed. */
  get tokensDueAt(): number | undefined {
    return this.#tokens.dueAt
  }

  /** Why the pod has to end although its containers would run on. */
  get eviction(): PodVerdict | undefined {
    return this.#storage.verdict
  }

  mountsOf(container: Container, env: Readonly<Record<string, string>>): Promise<Mount[]> {
    return this.#volumes.mountsOf(this.#pod, container, env)
  }

  volumePath(name: string): string | undefined {
    return this.#volumes.pathOf(name)
  }

  changed(): void {
    this.#wake()
  }

  notice(text: string): void {
    this.#notice = text
    this.#wake()
  }

  openHostPorts(pid: number): Promise<void> {
    return this.#ports.open(pid)
  }

  async refreshVolumes(): Promise<void> {
    if (this.#adopted) {
      this.#adopted = false
      await this.prepareVolumes().catch(() => {})
    }
    // Nothing has been set up before a container was to start.
    if (this.#tokens.dueAt !== undefined) await this.#tokens.ensure(this.#pod).catch(() => {})
    await this.#volumes.refresh(this.#pod, this.facts())
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

  /** Removes what only running containers need, with volumes in memory: they are made anew when the pod runs again. */
  async leave(): Promise<void> {
    this.#ports[Symbol.dispose]()
    await this.#runtime?.removePod(this.#pod.metadata.uid)
    // A data directory with mounts in it could not be removed.
    await unmountBelow(this.directory)
  }

  /** The pod has ended: its address may go to another one. */
  releaseAddress(): void {
    this.#node.resizes.remove(this.#pod.metadata.uid)
    if (!this.#isOver) this.#node.resizes.retry()
    this.#isOver = true
    this.#ports[Symbol.dispose]()
    const network = this.#runtime?.network ?? this.#node.addresses
    network.release(this.#pod.metadata.uid)
    this.#storage[Symbol.dispose]()
  }

  /** Removes what the pod left on disk. */
  async remove(): Promise<void> {
    await this.#runtime?.removePod(this.#pod.metadata.uid)
    this.releaseAddress()
    await unmountBelow(this.directory)
    await removeTree(this.directory)
    await rm(this.#node.logs.podDirectory(this.#pod), { recursive: true, force: true })
  }
}
