import type { Counter } from 'prom-client'
import type { EventRecorder } from '../../kernel/events.ts'
import type { Logger } from '../../kernel/log.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Cgroups } from './cgroup/cgroups.ts'
import type { ConfigSources } from './container/environment.ts'
import type { PipePool } from './container/pipe-pool.ts'
import type { ProcessRecords } from './container/process-records.ts'
import type { ImagePuller } from './image/image-puller.ts'
import type { ImageStore } from './image/image-store.ts'
import type { LogLimits } from './logs/container-log.ts'
import type { LogBoard } from './logs/log-board.ts'
import type { PodAddresses } from './network/pod-addresses.ts'
import type { Pod, ServiceAccount } from '../../kube/generated/core-v1.ts'
import type { Forwarders } from './proxy/forwarders.ts'
import type { ResizeQueue } from './resize/resize-queue.ts'
import type { ContainerRuntime } from './runtime/container-runtime.ts'
import type { ClaimSources } from './volumes/claimed-path.ts'
import type { IssuedToken, TokenOrder } from './volumes/pod-tokens.ts'

/** The component that events of the pod life cycle are reported by. */
export const COMPONENT = 'kubelet'

export interface NodeCounters {
  starts: Counter<'namespace'>
  restarts: Counter<'namespace'>
  probeFailures: Counter<'type'>
  droppedLogBytes: Counter
  detachedClients: Counter
}

/** The objects of a namespace that pods may name. */
export interface NamespaceSources extends ConfigSources, ClaimSources {
  serviceAccount(name: string): ServiceAccount | undefined
}

/** What all pods of this node share. */
export interface NodeParts {
  readonly name: string
  readonly hostIP: string
  readonly allocatable: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly log: Logger
  readonly events: EventRecorder
  readonly images: ImageStore
  readonly puller: ImagePuller
  readonly addresses: PodAddresses
  readonly records: ProcessRecords
  /** Whether containers are to outlive this process when it is killed. */
  readonly adopts: boolean
  readonly pipes: PipePool
  /** Undefined where nothing is limited; `whyNoCgroups` says why. */
  readonly cgroups: Cgroups | undefined
  readonly whyNoCgroups: string
  readonly resizes: ResizeQueue
  /** By the pod's uid. */
  readonly hostPorts: Forwarders
  readonly logs: LogBoard
  readonly logLimits: LogLimits
  readonly counters: NodeCounters
  /** Holds one directory a pod, by uid. */
  readonly podsDirectory: string
  /** The runtime that a pod asks for. Throws SandboxError. */
  runtimeFor(pod: Pod): ContainerRuntime
  sourcesFor(namespace: string): NamespaceSources
  /** The pods that hold resources of this node beside one, with what they are allocated. */
  podsBeside(uid: string): Pod[]
  /** Gets a token of a pod's service account from the API server. */
  requestToken(order: TokenOrder): Promise<IssuedToken>
}
