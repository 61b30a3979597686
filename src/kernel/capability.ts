import type { Kind } from '../kube/kind.ts'
import type { KubeObject } from '../kube/object.ts'
import type { AdmissionPlugin } from '../apiserver/admission.ts'
import type { Access } from './access.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import type { Command } from './command.ts'
import type { Config } from './config.ts'
import type { Controller } from './controller.ts'
import type { DataDirectory } from './data-directory.ts'
import type { Endpoints } from './endpoints.ts'
import type { EventRecorder } from './events.ts'
import type { Informers } from './informer.ts'
import type { Leases } from './leases.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Ports } from './ports.ts'

/** What a capability is given. It reaches other capabilities only through API objects, protocols and `ports`. */
export interface Kernel {
  readonly client: Client
  /** True on the embedded API server, false on somebody else's cluster, whose pods do not reach this process's loopback addresses. */
  readonly isEmbedded: boolean
  /** The namespace of what Drave itself runs. */
  readonly systemNamespace: string
  readonly informers: Informers
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly events: EventRecorder
  readonly leases: Leases
  readonly config: Config
  readonly dataDirectory: DataDirectory
  readonly endpoints: Endpoints
  readonly ports: Ports
}

/** A long-running part: `start` resolves when it is ready to serve; `ended` rejects if it fails later. */
export interface Service {
  name: string
  start(signal: AbortSignal): Promise<RunningService>
}

export interface RunningService extends AsyncDisposable {
  /** Settles when the service has ended by itself, which fails the process with the service's name. */
  readonly ended?: Promise<never>
}

/** A resource that a capability brings: installed as a CustomResourceDefinition at start, unless it is a built-in. */
export interface OwnedKind<T extends KubeObject = KubeObject> {
  kind: Kind<T>
  /** The file under `data/crds` that holds the CustomResourceDefinition's spec, without `.json`. */
  definition: string
}

/** A listening socket of a capability: its port becomes the flag `--NAME-port`. */
export interface ListenerDeclaration {
  name: string
  defaultPort: number
  summary: string
}

/** A setting of `drave.yaml` (`CAPABILITY.NAME`) and of the environment (`DRAVE_CAPABILITY_NAME`), read with `config.get('capability.name')`. */
export interface SettingDeclaration {
  name: string
  default: unknown
  summary: string
  /** A flag of `up` that sets it, and what its value is called in the help. */
  flag?: { name: string; value: string }
}

/** One island: a plain value, listed in `src/capabilities.ts`. */
export interface Capability {
  name: string
  summary: string
  /** It does what a real cluster does by itself, so it stays away from one: always, or unless it is asked for by name. */
  embeddedOnly?: 'always' | 'unless-named'
  /** Namespaces that it keeps objects of its own in, whatever it is told to look at. */
  namespaces?: readonly string[]
  kinds?: readonly OwnedKind[]
  /** Built-in kinds that it acts on; those it owns need not be named. */
  reconciles?: readonly Kind[]
  /** Rights that its controllers and services need on a cluster with RBAC. What its commands do, they do with their user's. */
  access?: readonly Access[]
  /** It also writes kinds that are known only at run time, such as those that Applications bring. */
  writesAnyKind?: true
  listeners?: readonly ListenerDeclaration[]
  settings?: readonly SettingDeclaration[]
  admission?: (kernel: Kernel) => readonly AdmissionPlugin[]
  controllers?: (kernel: Kernel) => readonly Controller[]
  services?: (kernel: Kernel) => readonly Service[]
  provides?: (kernel: Kernel) => Partial<Ports>
  commands?: readonly Command[]
}
