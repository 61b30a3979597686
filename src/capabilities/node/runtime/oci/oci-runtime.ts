import type { ContainerUser } from '../../container/container-user.ts'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod } from '../../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../../lib/clock.ts'
import type { Cgroups } from '../../cgroup/cgroups.ts'
import { inCgroup } from '../../cgroup/join-command.ts'
import { cgroupLimits } from '../../cgroup/limits.ts'
import { adoptProcess } from '../../container/adopted-process.ts'
import type { StartCommand } from '../../container/container-command.ts'
import { ExecutableError } from '../../container/executable.ts'
import { readExitFile, withExitFile } from '../../container/exit-file.ts'
import { startOf } from '../../container/process-start.ts'
import { GroupProcess } from '../../container/process.ts'
import type { StreamName } from '../../logs/cri-line.ts'
import type { PodNetwork } from '../../network/pod-network.ts'
import {
  type ContainerAdoption,
  type ContainerOrder,
  type ContainerProcess,
  type ContainerRuntime,
  type Isolation,
  SandboxError,
  type StartedContainer,
} from '../container-runtime.ts'
import { bubblewrapLaunch, insideBubblewrap } from './bubblewrap-launch.ts'
import { configJson, type Namespaces, type OciPlan } from './config-json.ts'
import type { Engine } from './engine.ts'
import { ENGINE_ENV, EngineCommand, type Launch } from './engine-command.ts'
import { enginePid } from './engine-pid.ts'
import { isStarted, reasonOf } from './engine-start.ts'
import { ociIsolation } from './oci-isolation.ts'
import { ociPlan } from './oci-plan.ts'
import { ociProcess, signalByNumber } from './oci-process.ts'
import { makeMountPoints } from './rootfs.ts'
import { Sandboxes } from './sandbox.ts'

interface OciParts {
  engine: Engine
  clock: Clock
  /** Undefined where this process may not make groups, for instance without root. */
  cgroups: Cgroups | undefined
  network: PodNetwork | undefined
  /** Holds the engine's state and the pods' namespaces. */
  directory: string
}

interface Kept {
  id: string
  group: string
  pidFile: string
  exitFile: string
  user: ContainerUser
  env: Readonly<Record<string, string>>
}

/** So much of what an engine says about a start that failed is kept. */
const MAX_ERRORS = 2000

/** Runs containers from images with file systems, namespaces and limits of their own, by runc, crun or bubblewrap. */
export class OciRuntime implements ContainerRuntime {
  readonly handler = 'oci'
  readonly runsHostCommands = false
  readonly #parts: OciParts
  readonly #command: EngineCommand
  readonly #sandboxes: Sandboxes

  constructor(parts: OciParts) {
    const { engine, directory, cgroups, network } = parts
    this.#parts = parts
    this.#command = new EngineCommand(engine, directory, cgroups?.version)
    this.#sandboxes = new Sandboxes(join(directory, 'namespaces'), network)
  }

  get network(): PodNetwork | undefined {
    return this.#parts.network
  }

  isolationOf(pod: Pod): Isolation {
    const { engine, cgroups, network } = this.#parts
    return ociIsolation(pod, {
      engine: engine.kind,
      hasCgroups: cgroups !== undefined,
      hasNetwork: network !== undefined,
    })
  }

  async start(order: ContainerOrder): Promise<StartedContainer> {
    const { id, pod, container, directory } = order
    const { cgroups, engine, clock } = this.#parts
    const group = groupOf(pod, container)
    const plan = await ociPlan(order, {
      namespaces: async () => ({
        ...(await this.#sandboxes.of(pod, order.facts.podIP)),
        ...targetOf(order),
      }),
      ownCgroupNamespace: cgroups?.version === 'v2',
      cgroupsPath:
        cgroups && engine.kind !== 'bwrap' ? `${cgroups.pathOf(group)}/${id.slice(0, 12)}` : undefined,
    })
    const [pidFile, log, exitFile] = ['pid', 'engine.log', 'exit'].map(name => join(directory, name)) as [
      // Three names make three paths.
      string,
      string,
      string,
    ]
    for (const file of [pidFile, `${pidFile}.info`, log, exitFile]) await rm(file, { force: true })
    cgroups?.create(group, cgroupLimits(container.resources))
    const launch = await this.#prepare(plan, { id, group, bundle: directory, pidFile, log })
    const { stdin = false, tty = false } = container
    let errors = ''
    const monitor = await GroupProcess.start(
      {
        ...withExitFile(launch, exitFile),
        env: engine.kind === 'bwrap' ? { ...plan.env } : ENGINE_ENV,
        cwd: directory,
        stdin,
        tty,
        pipes: order.pipes,
        onOutput(stream: StreamName, chunk: Buffer) {
          if (stream === 'stderr' && errors.length < MAX_ERRORS) errors += chunk.toString()
          return order.onOutput(stream, chunk)
        },
      },
      clock,
    )
    if (!(await isStarted(directory, pidFile, monitor))) {
      await monitor.exited
      await this.#clear(id, group)
      throw new ExecutableError(await reasonOf(log, errors))
    }
    return this.#started(monitor, { id, group, pidFile, exitFile, user: plan.user, env: plan.env })
  }

  /** Writes what the engine is to read, and says how it is started. */
  async #prepare(
    plan: OciPlan,
    place: { id: string; group: string; bundle: string; pidFile: string; log: string },
  ): Promise<Launch> {
    const { cgroups, engine } = this.#parts
    if (engine.kind === 'bwrap') {
      await makeMountPoints(plan.rootPath, plan.mounts)
      const launch = bubblewrapLaunch(engine.file, plan, place.pidFile)
      return inCgroup(launch, cgroups?.joinFiles(place.group) ?? [])
    }
    await writeFile(join(place.bundle, 'config.json'), JSON.stringify(configJson(plan)), { mode: 0o600 })
    return this.#command.run(place)
  }

  adopt({ keep, ...adoption }: ContainerAdoption): StartedContainer {
    // What `start` has noted.
    const kept = keep as Kept
    const exitCode = () => readExitFile(kept.exitFile)
    return this.#started(adoptProcess({ ...adoption, exitCode, clock: this.#parts.clock }), kept)
  }

  async discard(keep: unknown): Promise<void> {
    // What `start` has noted.
    const { id, group, pidFile } = keep as Kept
    if (this.#parts.engine.kind === 'bwrap') signalByNumber(pidFile, 'SIGKILL')
    await this.#clear(id, group)
  }

  #started(monitor: ContainerProcess, kept: Kept): StartedContainer {
    const { id, group, pidFile } = kept
    const { cgroups, engine } = this.#parts
    const process = ociProcess(monitor, { id, engine: this.#command.words, pidFile })
    return {
      process:
        engine.kind === 'bwrap' ? { ...process, signal: name => signalByNumber(pidFile, name) } : process,
      startCommand: this.#startCommand(kept),
      keep: kept,
      exitFile: kept.exitFile,
      cgroup: cgroups && group,
      user: kept.user,
      ended: async () => {
        const isOutOfMemory = (cgroups?.oomKills(group) ?? 0) > 0
        await this.#clear(id, group)
        return { isOutOfMemory }
      },
    }
  }

  async removePod(uid: string): Promise<void> {
    await this.#sandboxes.remove(uid)
  }

  #startCommand(kept: Kept): StartCommand {
    const { id, env: inside } = kept
    const { engine, clock } = this.#parts
    return async ({ command, stdin, tty, onOutput }) => {
      const isBubblewrap = engine.kind === 'bwrap'
      const launch = isBubblewrap
        ? insideBubblewrap(kept, command)
        : this.#command.of(['exec', ...(tty ? ['--tty'] : []), id, ...command])
      const env = isBubblewrap ? inside : ENGINE_ENV
      return GroupProcess.start({ ...launch, env, cwd: '/', stdin, tty, onOutput }, clock)
    }
  }

  async #clear(id: string, group: string): Promise<void> {
    const { cgroups, engine, clock } = this.#parts
    if (engine.kind !== 'bwrap') {
      const launch = this.#command.of(['delete', '--force', id])
      const deletion = await GroupProcess.start(
        { ...launch, env: ENGINE_ENV, cwd: '/', onOutput() {} },
        clock,
      )
      await deletion.exited
    }
    cgroups?.remove(group)
  }
}

/** An ephemeral container sees the processes of the container that it is to look at. Throws SandboxError. */
function targetOf({ pod, container, podDirectory }: ContainerOrder): Pick<Namespaces, 'pid'> {
  const ephemeral = pod.spec.ephemeralContainers?.find(({ name }) => name === container.name)
  const name = ephemeral?.targetContainerName
  if (!name || pod.spec.hostPID || pod.spec.shareProcessNamespace) return {}
  const pid = enginePid(join(podDirectory, 'containers', name, 'pid'))
  if (pid === undefined || startOf(pid) === undefined)
    throw new SandboxError(`unable to find target container ${name}: it does not run`)
  return { pid: `/proc/${pid}/ns/pid` }
}

const groupOf = (pod: Pod, container: Container): string => `${pod.metadata.uid}_${container.name}`
