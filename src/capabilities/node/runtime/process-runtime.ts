import { join } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import type { Cgroups } from '../cgroup/cgroups.ts'
import { inCgroup } from '../cgroup/join-command.ts'
import { cgroupLimits } from '../cgroup/limits.ts'
import { startInSetting } from '../container/container-command.ts'
import { adoptProcess } from '../container/adopted-process.ts'
import { ownUser } from '../container/container-user.ts'
import { ExecutableError } from '../container/executable.ts'
import { GroupProcess } from '../container/process.ts'
import { prepareSetting, TERMINATION_LOG } from '../container/prepare-setting.ts'
import { commandLine, executable, type Setting } from '../container/start-plan.ts'
import { processIsolation } from '../pod/isolation.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { qosClassOf } from '../../../kube/pod-qos.ts'
import type { Mount } from '../volumes/container-root.ts'
import type {
  ContainerAdoption,
  ContainerOrder,
  ContainerProcess,
  ContainerRuntime,
  Isolation,
  StartedContainer,
} from './container-runtime.ts'

interface Kept {
  setting: Setting
  group: string | undefined
}

/** Runs containers as plain process groups of this host. */
export class ProcessRuntime implements ContainerRuntime {
  readonly handler = 'process'
  readonly runsHostCommands = true
  readonly #clock: Clock
  readonly #cgroups: Cgroups | undefined

  /** Without `cgroups` nothing is limited. */
  constructor(clock: Clock, cgroups: Cgroups | undefined) {
    this.#clock = clock
    this.#cgroups = cgroups
  }

  isolationOf(pod: Pod): Isolation {
    return processIsolation(pod, this.#cgroups !== undefined)
  }

  async start(order: ContainerOrder): Promise<StartedContainer> {
    const { container, pod, image, facts, sources, mountsOf } = order
    const setting = await prepareSetting({
      container,
      pod,
      image,
      facts,
      sources,
      home: order.podDirectory,
      rootDirectory: join(order.directory, 'root'),
      mountsOf: async env => [...(await mountsOf(env)), ...terminationMount(order)],
    })
    // A pod that asks for nothing can never be resized.
    const isLimited = this.#cgroups !== undefined && qosClassOf(pod.spec) !== 'BestEffort'
    const group = isLimited ? `${pod.metadata.uid}_${container.name}` : undefined
    if (group) this.#cgroups?.create(group, cgroupLimits(container.resources))
    const joinFiles = group ? (this.#cgroups?.joinFiles(group) ?? []) : []
    const command = executable(commandLine(container, image), setting)
    const plan = inCgroup(command, joinFiles)
    const { env, cwd } = setting
    const { stdin = false, tty = false } = container
    const { onOutput, pipes } = order
    const process = await GroupProcess.start(
      { ...plan, env, cwd, stdin, tty, pipes, onOutput },
      this.#clock,
    ).catch(error => {
      throw new ExecutableError(`exec: "${command.file}": ${(error as Error).message}`, { cause: error })
    })
    return this.#started(process, { setting, group })
  }

  adopt({ keep, ...adoption }: ContainerAdoption): StartedContainer {
    // What `start` has noted.
    return this.#started(adoptProcess({ ...adoption, clock: this.#clock }), keep as Kept)
  }

  async discard(): Promise<void> {}

  #started(process: ContainerProcess, { setting, group }: Kept): StartedContainer {
    const joinFiles = group ? (this.#cgroups?.joinFiles(group) ?? []) : []
    return {
      process,
      startCommand: startInSetting(setting, this.#clock, joinFiles),
      imageRoot: setting.image?.root,
      cgroup: group,
      user: ownUser(),
      keep: { setting, group } satisfies Kept,
      ended: async () => {
        if (!group || !this.#cgroups) return { isOutOfMemory: false }
        const isOutOfMemory = this.#cgroups.oomKills(group) > 0
        this.#cgroups.remove(group)
        return { isOutOfMemory }
      },
    }
  }

  async removePod(): Promise<void> {}
}

/** Where the container writes its last words, if its command line or environment names the path: only then can it be led elsewhere. */
function terminationMount({ container, terminationFile }: ContainerOrder): Mount[] {
  const mountPath = container.terminationMessagePath || '/dev/termination-log'
  const words = [
    ...(container.command ?? []),
    ...(container.args ?? []),
    ...(container.env ?? []).map(({ value }) => value ?? ''),
  ]
  if (!words.some(word => word.includes(mountPath))) return []
  return [{ volume: TERMINATION_LOG, mountPath, target: terminationFile, readOnly: false }]
}
