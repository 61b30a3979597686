import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kernel } from '../../kernel/capability.ts'
import {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
  ServiceAccount,
} from '../../kube/generated/core-v1.ts'
import { keyOf } from '../../kube/object.ts'
import { hasNamedPipes } from './container/output-pipes.ts'
import type { Cgroups } from './cgroup/cgroups.ts'
import { PipePool } from './container/pipe-pool.ts'
import { ProcessRecords } from './container/process-records.ts'
import { ImagePuller } from './image/image-puller.ts'
import { ImageStore } from './image/image-store.ts'
import { removeTree } from './image/unpack.ts'
import { isReference } from './image/reference.ts'
import { DEFAULT_LOG_LIMITS } from './logs/container-log.ts'
import { LogBoard } from './logs/log-board.ts'
import { RuntimeClass } from '../../kube/generated/node-v1.ts'
import { PodAddresses } from './network/pod-addresses.ts'
import { nodeCounters } from './node-metrics.ts'
import type { NamespaceSources, NodeParts } from './node-parts.ts'
import type { PodRuntime } from './pod/pod-runtime.ts'
import { ServiceProxy } from './proxy/service-proxy.ts'
import { allocatable, MAX_PODS, nodeName } from './registration/host-facts.ts'
import { ResizeQueue } from './resize/resize-queue.ts'
import { UsageSampler } from './usage/usage-sampler.ts'
import { unmountBelow } from './volumes/memory-volume.ts'
import type { ContainerRuntime } from './runtime/container-runtime.ts'
import { nodeRuntimes } from './runtime/node-runtimes.ts'
import { bootstrapRuntimeClasses } from './runtime/runtime-class.ts'
import { runtimeFor } from './runtime/runtimes.ts'
import { requestToken } from './volumes/request-token.ts'

/** Pods get at most so long to end when Drave itself stops. */
const SHUTDOWN_SECONDS = 5
/** A pod whose object is gone has no grace period left; this lets it flush what it can. */
const GONE_SECONDS = 1

const ANY_ADDRESS = ['0.0.0.0', '::']

/** What runs on this node: shared by the services and controllers of the capability. */
export class NodeAgent {
  readonly logs: LogBoard
  readonly proxy: ServiceProxy
  readonly usage: UsageSampler
  readonly #kernel: Kernel
  readonly #runtimes = new Map<string, Map<string, PodRuntime>>()
  readonly #wakes = new Set<(key: string) => void>()
  #parts: NodeParts | undefined
  #cgroups: Cgroups | undefined
  #runtimesByHandler: ReadonlyMap<string, ContainerRuntime> = new Map()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.proxy = new ServiceProxy(kernel)
    this.usage = new UsageSampler({
      clock: kernel.clock,
      log: kernel.log,
      intervalMs: Number(kernel.config.get('node.usageIntervalSeconds') ?? 15) * 1000,
      cgroups: () => this.#cgroups,
      nodeName: () => this.#parts?.name,
      running: () => this.all().flatMap(runtime => runtime.measured),
    })
    this.logs = new LogBoard(kernel.dataDirectory.folder('logs/pods'))
  }

  get parts(): NodeParts {
    if (!this.#parts) throw new Error('the node has not been prepared')
    return this.#parts
  }

  /** Kills what an earlier run left behind and finds out what this machine can do. */
  async prepare(signal: AbortSignal): Promise<void> {
    const kernel = this.#kernel
    const { config, dataDirectory, clock, events, log } = kernel
    const records = new ProcessRecords(dataDirectory.folder('node/processes'))
    const images = new ImageStore(dataDirectory.folder('images'), dataDirectory.folder('node/images'))
    const { runtimes, missing, cgroups, whyNoCgroups } = nodeRuntimes(kernel, this.#name())
    this.#runtimesByHandler = runtimes
    this.#cgroups = cgroups
    const adopts = hasNamedPipes && config.get('node.onRestart') === 'adopt'
    await this.#inherit(records, adopts)
    await bootstrapRuntimeClasses(kernel.client, ['process', 'oci'])
    const classes = kernel.informers.for(RuntimeClass)
    await classes.synced
    const choice = {
      runtimes,
      missing,
      defaultHandler: String(config.get('node.runtime') ?? 'process'),
      classNamed: (name: string) => classes.get(name),
    }
    const podCIDR = String(config.get('node.podCIDR') ?? '')
    this.#parts = {
      name: this.#name(),
      hostIP: ANY_ADDRESS.includes(config.host) ? '127.0.0.1' : config.host,
      allocatable: allocatable(Number(config.get('node.maxPods') ?? MAX_PODS)),
      clock,
      log,
      events,
      images,
      puller: new ImagePuller({
        images,
        clock,
        defaultRegistry: String(config.get('node.defaultRegistry') ?? ''),
        mirrors: (config.get('node.registryMirrors') ?? {}) as Record<string, string[]>,
        maxParallel: Number(config.get('node.parallelPulls') ?? 3),
        thresholds: {
          highBytes: Number(config.get('node.imageHighBytes') ?? Infinity),
          lowBytes: Number(config.get('node.imageLowBytes') ?? Infinity),
        },
        inUse: () => this.#imagesInUse(),
      }),
      addresses: podCIDR === '' ? await PodAddresses.probe(dataDirectory.path) : PodAddresses.claim(podCIDR),
      records,
      adopts,
      pipes: new PipePool(join(dataDirectory.path, 'node/pipes')),
      cgroups,
      whyNoCgroups,
      resizes: new ResizeQueue(),
      hostPorts: this.proxy.hostPorts,
      podsBeside: uid => this.#podsBeside(uid),
      logs: this.logs,
      logLimits: {
        maxFileBytes: Number(config.get('node.logFileBytes') ?? DEFAULT_LOG_LIMITS.maxFileBytes),
        maxFiles: Number(config.get('node.logFiles') ?? DEFAULT_LOG_LIMITS.maxFiles),
      },
      counters: nodeCounters(kernel.metrics, () => this.all()),
      podsDirectory: dataDirectory.folder('node/pods'),
      runtimeFor: pod => runtimeFor(pod, choice),
      sourcesFor: namespace => sourcesFor(kernel, namespace),
      requestToken: order => requestToken(kernel.client, clock, order),
    }
    await this.#sweep()
    // A pod that waits for an image starts when the image is built.
    watch(images.layout.path, { persistent: false, signal }, (_, file) => {
      if (file === 'index.json') this.retry([...this.#runtimes.keys()])
    }).on('error', error => log.warn({ err: error }, 'images are not watched'))
  }

  /** Keeps containers that still run for those who ask for them, and ends what an earlier run left otherwise. */
  async #inherit(records: ProcessRecords, adopts: boolean): Promise<void> {
    const { client, log } = this.#kernel
    if (adopts) {
      const { items } = await client.list(Pod)
      records.findSurvivors(new Set(items.map(pod => pod.metadata.uid)))
    }
    for (const { handler, keep } of records.leftovers())
      await this.#runtimesByHandler
        .get(handler)
        ?.discard(keep)
        .catch(error => log.warn({ err: error }, 'a container that an earlier run left was not ended'))
    const killed = records.killLeftovers()
    if (killed.length > 0) log.info({ processes: killed.length }, 'killed processes that an earlier run left')
  }

  /** A name that was chosen once stays: pods are bound to it, and a laptop's host name changes with its network. */
  #name(): string {
    const configured = this.#kernel.config.get('node.name')
    const file = join(this.#kernel.dataDirectory.folder('node'), 'name')
    if (!configured && existsSync(file)) return readFileSync(file, 'utf8').trim()
    const name = nodeName(configured)
    writeFileSync(file, `${name}\n`, { mode: 0o600 })
    return name
  }

  /** Removes directories of pods that are gone, and images that nobody names any more. */
  async #sweep(): Promise<void> {
    const { podsDirectory, images } = this.parts
    const { items } = await this.#kernel.client.list(Pod)
    const uids = new Set(items.map(pod => pod.metadata.uid))
    this.#reserve(items)
    for (const uid of await readdir(podsDirectory))
      if (!uids.has(uid)) {
        for (const runtime of this.#runtimesByHandler.values()) await runtime.removePod(uid)
        await unmountBelow(join(podsDirectory, uid))
        await removeTree(join(podsDirectory, uid))
      }
    for (const name of await readdir(this.logs.directory))
      if (!uids.has(name.slice(name.lastIndexOf('_') + 1)))
        await rm(join(this.logs.directory, name), { recursive: true, force: true })
    await images.prune(new Set())
    this.#cgroups?.removeEmpty()
  }

  /** Addresses of pods that run on are theirs before any new pod asks for one. */
  #reserve(pods: readonly Pod[]): void {
    const { name, hostIP, addresses } = this.parts
    const networks = [...this.#runtimesByHandler.values()].map(({ network }) => network ?? addresses)
    for (const { metadata, spec, status } of pods) {
      const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed'
      if (spec.nodeName !== name || isOver || !status?.podIP || status.podIP === hostIP) continue
      for (const network of new Set(networks))
        if (network.owns(status.podIP)) network.take(metadata.uid, status.podIP)
    }
  }

  onWake(wake: (key: string) => void): Disposable {
    this.#wakes.add(wake)
    return { [Symbol.dispose]: () => void this.#wakes.delete(wake) }
  }

  wake(key: string): void {
    for (const wake of this.#wakes) wake(key)
  }

  /** What kept these pods waiting may have changed. */
  retry(keys: readonly string[]): void {
    for (const key of keys) {
      for (const runtime of this.#runtimes.get(key)?.values() ?? []) runtime.retryNow()
      this.wake(key)
    }
  }

  runtimeOf(pod: Pod, make: () => PodRuntime): PodRuntime {
    const key = keyOf(pod)
    const ofKey = this.#runtimes.get(key) ?? new Map<string, PodRuntime>()
    this.#runtimes.set(key, ofKey)
    const runtime = ofKey.get(pod.metadata.uid) ?? make()
    ofKey.set(pod.metadata.uid, runtime)
    return runtime
  }

  /** The pod as it runs here; undefined where it does not. */
  find(pod: Pod): PodRuntime | undefined {
    return this.#runtimes.get(keyOf(pod))?.get(pod.metadata.uid)
  }

  /** Ends pods of this key with another uid: their objects are gone. */
  async dropOthers(key: string, uid: string | undefined): Promise<void> {
    for (const [other, runtime] of [...(this.#runtimes.get(key) ?? [])])
      if (other !== uid) await this.#drop(key, other, runtime)
  }

  /** Forgets a pod and removes what it left. */
  async #drop(key: string, uid: string, runtime: PodRuntime): Promise<void> {
    await runtime.stopAll(GONE_SECONDS)
    await runtime.remove()
    const ofKey = this.#runtimes.get(key)
    ofKey?.delete(uid)
    if (ofKey?.size === 0) this.#runtimes.delete(key)
  }

  /** Stops all containers; the pods' objects stay, and run again after the next start. */
  async shutdown(): Promise<void> {
    await Promise.all(
      this.all().map(async runtime => {
        const grace = runtime.pod().spec.terminationGracePeriodSeconds ?? 30
        await runtime.stopAll(Math.min(grace, SHUTDOWN_SECONDS))
        await runtime.leave()
      }),
    )
    for (const runtime of this.#runtimesByHandler.values()) await runtime.network?.remove()
    this.#cgroups?.removeAll()
    this.parts.addresses[Symbol.dispose]()
  }

  /** Digests of the images that the pods of this node name. */
  #imagesInUse(): ReadonlySet<string> {
    const { layout } = this.parts.images
    const names = this.all().flatMap(runtime => imagesOf(runtime.pod()))
    return new Set(names.flatMap(name => layout.find(name)?.digest ?? []))
  }

  /** Pods that hold resources of this node, with what they are allocated. */
  #podsBeside(uid: string): Pod[] {
    return this.all()
      .map(runtime => runtime.pod())
      .filter(
        ({ metadata, status }) =>
          metadata.uid !== uid && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
      )
  }

  /** Every pod that runs here. */
  all(): PodRuntime[] {
    return [...this.#runtimes.values()].flatMap(ofKey => [...ofKey.values()])
  }
}

/** What a pod's containers and volumes name, leaving out what is no reference. */
const imagesOf = ({ spec }: Pod): string[] =>
  [
    ...[...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => image ?? ''),
    ...(spec.volumes ?? []).map(({ image }) => image?.reference ?? ''),
  ].filter(isReference)

function sourcesFor({ informers }: Kernel, namespace: string): NamespaceSources {
  return {
    configMap: name => informers.for(ConfigMap).get(`${namespace}/${name}`),
    serviceAccount: name => informers.for(ServiceAccount).get(`${namespace}/${name}`),
    claim: name => informers.for(PersistentVolumeClaim).get(`${namespace}/${name}`),
    persistentVolume: name => informers.for(PersistentVolume).get(name),
    secret: name => informers.for(Secret).get(`${namespace}/${name}`),
    services() {
      const api = informers.for(Service).get('default/kubernetes')
      const own = informers.for(Service).list(namespace)
      return api && namespace !== 'default' ? [api, ...own] : own
    },
  }
}

const agents = new WeakMap<Kernel, NodeAgent>()

/** The one agent of a kernel. */
export function agentOf(kernel: Kernel): NodeAgent {
  const agent = agents.get(kernel) ?? new NodeAgent(kernel)
  agents.set(kernel, agent)
  return agent
}
