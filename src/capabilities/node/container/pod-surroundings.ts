import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import type { LocalImage } from '../image/image-store.ts'
import type { ContainerProcess, ContainerRuntime } from '../runtime/container-runtime.ts'
import type { Attachments } from '../streams/attachments.ts'
import type { Mount } from '../volumes/container-root.ts'
import type { StartCommand } from './container-command.ts'
import type { PodFacts } from './downward.ts'

/** What a container needs of its pod. */
export interface PodSurroundings {
  readonly directory: string
  readonly address: string
  /** The newest known state of the pod. */
  pod(): Pod
  facts(): PodFacts
  /** What runs the pod's containers. Throws SandboxError when there is no such runtime. */
  runtime(): ContainerRuntime
  /** A container's image; undefined when its command runs on the host. Throws PullError. */
  image(container: Container): Promise<LocalImage | undefined>
  /** Sets the pod's volumes up. Throws VolumeError. */
  prepareVolumes(): Promise<void>
  mountsOf(container: Container, env: Readonly<Record<string, string>>): Promise<Mount[]>
  /** Where a volume is that has been set up. */
  volumePath(name: string): string | undefined
  /** The view of a container has changed. */
  changed(): void
  /** Makes the pod's ports reachable at the host's; `pid` is a program that may listen there itself. */
  openHostPorts(pid: number): Promise<void>
  /** Something the pod's owner should know although the pod runs. */
  notice(text: string): void
}

/** A container while it runs, for those who run commands in it or attach to it. */
export interface RunningContainer {
  readonly process: ContainerProcess
  readonly startCommand: StartCommand
  readonly attachments: Attachments
  /** Tells this run from others. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** The control group that it has to itself, where it has one. */
  readonly cgroup: string | undefined
}
