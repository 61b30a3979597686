import type { TerminalSize } from '../../../apiserver/http/connector.ts'
import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import type { Writable } from 'node:stream'
import type { StartCommand } from '../container/container-command.ts'
import type { ContainerUser } from '../container/container-user.ts'
import type { PodFacts } from '../container/downward.ts'
import type { ConfigSources } from '../container/environment.ts'
import type { ProcessExit } from '../container/process.ts'
import type { OutputPipes } from '../container/output-pipes.ts'
import type { LocalImage } from '../image/image-store.ts'
import type { StreamName } from '../logs/cri-line.ts'
import type { PodNetwork } from '../network/pod-network.ts'
import type { Mount } from '../volumes/container-root.ts'

/** A container that is to be started. */
export interface ContainerOrder {
  /** Sixty-four hexadecimal digits. */
  id: string
  pod: Pod
  container: Container
  image: LocalImage | undefined
  facts: PodFacts
  sources: ConfigSources
  /** The pod's directory, and the container's in it. */
  podDirectory: string
  directory: string
  /** Where the container's terminationMessagePath leads. */
  terminationFile: string
  /** The mounts of the container's volumes; `env` is what `subPathExpr` may name. Throws ConfigError. */
  mountsOf(env: Readonly<Record<string, string>>): Promise<Mount[]>
  /** Pipes for the output, where the container is to outlive this process. */
  pipes?: OutputPipes | undefined
  /** Nothing more is read of a stream until what this returns has resolved. */
  onOutput(stream: StreamName, chunk: Buffer): void | Promise<void>
}

/** The first process of a running container. */
export interface ContainerProcess {
  /** Of this host: its end is the end of the container. */
  readonly pid: number
  readonly stdin: Writable | undefined
  /** Resolves after the last output. */
  readonly exited: Promise<ProcessExit>
  /** Without effect where there is no terminal. */
  resize(size: TerminalSize): void
  signal(name: NodeJS.Signals): void
}

export interface StartedContainer {
  readonly process: ContainerProcess
  readonly startCommand: StartCommand
  /** The shared image tree that it runs from. */
  readonly imageRoot?: string | undefined
  /** What `adopt` needs to find the container again, as JSON. */
  readonly keep: unknown
  /** The control group that it has to itself, where it has one. */
  readonly cgroup?: string | undefined
  readonly user?: ContainerUser | undefined
  /** Where its exit code is written, for a Drave that was not there when it ended. */
  readonly exitFile?: string | undefined
  /** To be called once it has ended: tells what only the runtime knows of that, and removes what it made. */
  ended?(): Promise<{ isOutOfMemory: boolean }>
}

/** A container that runs already. */
export interface ContainerAdoption {
  pid: number
  /** What `start` noted. */
  keep: unknown
  pipes: OutputPipes
  isAlive(): boolean
  onOutput(stream: StreamName, chunk: Buffer): void | Promise<void>
}

/** What a runtime gives a pod: the message of its condition `drave.dev/Isolated`. */
export interface Isolation {
  isIsolated: boolean
  /** CamelCase. */
  reason: string
  message: string
}

/** One way of running containers: a handler that a RuntimeClass names. */
export interface ContainerRuntime {
  readonly handler: string
  /** Whether containers without an image run their command from the host. */
  readonly runsHostCommands: boolean
  /** Where its pods get their addresses; undefined: from this host's loopback. */
  readonly network?: PodNetwork | undefined
  isolationOf(pod: Pod): Isolation
  /** Throws ConfigError, ExecutableError or SandboxError. */
  start(order: ContainerOrder): Promise<StartedContainer>
  /** Takes over a container that an earlier process started. */
  adopt(adoption: ContainerAdoption): StartedContainer
  /** Ends a container that an earlier process started and nobody takes over. */
  discard(keep: unknown): Promise<void>
  /** Removes what is left of a pod outside of its directory. */
  removePod(uid: string): Promise<void>
}

/** The surroundings of a pod cannot be made; the pod waits, and is tried again. */
export class SandboxError extends Error {
  override name = 'SandboxError'
}
