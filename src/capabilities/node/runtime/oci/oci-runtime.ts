import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { watch } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../../lib/clock.ts'
import type { Container, Pod } from '../../../../kube/generated/core-v1.ts'
import type { Cgroups } from '../../cgroup/cgroups.ts'
import { inCgroup } from '../../cgroup/join-command.ts'
import { cgroupLimits } from '../../cgroup/limits.ts'
import { adoptProcess } from '../../container/adopted-process.ts'
import { readExitFile, withExitFile } from '../../container/exit-file.ts'
import type { StartCommand } from '../../container/container-command.ts'
import { environment } from '../../container/environment.ts'
import { DEFAULT_PATH, ExecutableError } from '../../container/executable.ts'
import { expand } from '../../container/expand.ts'
import { GroupProcess } from '../../container/process.ts'
import { commandLine } from '../../container/start-plan.ts'
import type { StreamName } from '../../logs/cri-line.ts'
import type { Mount } from '../../volumes/container-root.ts'
import type { PodNetwork } from '../../network/pod-network.ts'
import type {
  ContainerAdoption,
  ContainerOrder,
  ContainerProcess,
  ContainerRuntime,
  Isolation,
  StartedContainer,
} from '../container-runtime.ts'
import { bubblewrapArgs } from './bubblewrap-args.ts'
import { configJson, type OciPlan } from './config-json.ts'
import type { Engine } from './engine.ts'
import { enginePid } from './engine-pid.ts'
import { etcMounts, hostnameOf } from './etc-files.ts'
import { ociProcess, signalByNumber } from './oci-process.ts'
import { ociIsolation } from './oci-isolation.ts'
import { makeMountPoints, makeRootfs } from './rootfs.ts'
import { Sandboxes } from './sandbox.ts'
import { type ContainerUser, userOf } from './security.ts'

interface OciParts {
  engine: Engine
  clock: Clock
  /** Undefined where this process may not make groups, for instance without root. */
  cgroups: Cgroups | undefined
  network: PodNetwork | undefined
  /** Holds the engine's state and the pods' namespaces. */
  directory: string
}

/** The engine's environment: nothing of a container's, nor of ours. */
const ENGINE_ENV = { PATH: DEFAULT_PATH }
const INFO_DESCRIPTOR = 4

interface Kept {
  id: string
  group: string
  pidFile: string
  exitFile: string
  user: ContainerUser
  env: Readonly<Record<string, string>>
}

/** Runs containers from images with file systems, namespaces and limits of their own, by runc, crun or bubblewrap. */
export class OciRuntime implements ContainerRuntime {
  readonly handler = 'oci'
  readonly runsHostCommands = false
  readonly #parts: OciParts
  readonly #sandboxes: Sandboxes

  constructor(parts: OciParts) {
    this.#parts = parts
    this.#sandboxes = new Sandboxes(join(parts.directory, 'namespaces'), parts.network)
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
    const { id, pod, container, directory, onOutput } = order
    const plan = await this.#plan(order)
    const pidFile = join(directory, 'pid')
    const log = join(directory, 'engine.log')
    const exitFile = join(directory, 'exit')
    for (const file of [pidFile, `${pidFile}.info`, exitFile]) await rm(file, { force: true })
    await rm(log, { force: true })
    const group = groupOf(pod, container)
    const { cgroups, engine, clock } = this.#parts
    cgroups?.create(group, cgroupLimits(container.resources))
    const launch =
      engine.kind === 'bwrap'
        ? inCgroup(this.#bubblewrap(plan, pidFile), cgroups?.joinFiles(group) ?? [])
        : this.#engineLaunch([
            ...this.#logOptions(log),
            'run',
            ...this.#keep(),
            '--bundle',
            directory,
            '--pid-file',
            pidFile,
            id,
          ])
    if (engine.kind !== 'bwrap')
      await writeFile(join(directory, 'config.json'), JSON.stringify(configJson(plan)), { mode: 0o600 })
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
          if (stream === 'stderr' && errors.length < 2000) errors += chunk.toString()
          return onOutput(stream, chunk)
        },
      },
      clock,
    )
    const started = await isStarted(directory, pidFile, monitor)
    if (!started) {
      await monitor.exited
      await this.#clear(id, group)
      throw new ExecutableError(await reasonOf(log, errors))
    }
    return this.#started(monitor, { id, group, pidFile, exitFile, user: plan.user, env: plan.env })
  }

  adopt({ keep, ...adoption }: ContainerAdoption): StartedContainer {
    // What `start` has noted.
    const kept = keep as Kept
    const exitCode = () => readExitFile(kept.exitFile)
    return this.#started(adoptProcess({ ...adoption, exitCode, clock: this.#parts.clock }), kept)
  }

  async discard(keep: unknown): Promise<void> {
    const { id, group, pidFile } = keep as Kept
    if (this.#parts.engine.kind === 'bwrap') signalByNumber(pidFile, 'SIGKILL')
    await this.#clear(id, group)
  }

  #started(monitor: ContainerProcess, kept: Kept): StartedContainer {
    const { id, group, pidFile } = kept
    const { cgroups, engine } = this.#parts
    const process = ociProcess(monitor, { id, engine: this.#engineWords(), pidFile })
    return {
      process:
        engine.kind === 'bwrap' ? { ...process, signal: name => signalByNumber(pidFile, name) } : process,
      startCommand: this.#startCommand(kept),
      keep: kept,
      exitFile: kept.exitFile,
      cgroup: cgroups && group,
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

  async #plan(order: ContainerOrder): Promise<OciPlan> {
    const { pod, container, image, facts, sources, directory, id } = order
    if (!image) throw new ExecutableError(`container "${container.name}" has no image to run from`)
    const { engine, cgroups } = this.#parts
    const user = userOf(pod, container, { user: image.user, root: image.root })
    const env = environment({
      container,
      facts,
      sources,
      image: image.env,
      node: { PATH: DEFAULT_PATH, HOSTNAME: hostnameOf(pod), HOME: user.uid === 0 ? '/root' : '/' },
    })
    const args = commandLine(container, image).map(word => expand(word, env))
    if (args.length === 0) throw new ExecutableError('no command specified')
    await mkdir(directory, { recursive: true, mode: 0o711 })
    const volumes = await order.mountsOf(env)
    const taken = new Set(volumes.map(mount => mount.mountPath))
    const etc = await etcMounts(pod, facts.podIP, { directory: join(directory, 'etc'), taken })
    const isRoot = process.getuid?.() === 0
    const rootPath = await makeRootfs(image.root, directory)
    const mounts = [...etc, ...volumes, ...terminationMount(order)]
    if (engine.kind === 'bwrap') await makeMountPoints(rootPath, mounts)
    return {
      pod,
      container,
      args,
      env,
      cwd: container.workingDir || image.workingDir || '/',
      user,
      rootPath,
      hostname: hostnameOf(pod),
      mounts,
      namespaces: await this.#sandboxes.of(pod, facts.podIP),
      limits: cgroupLimits(container.resources),
      cgroupsPath:
        cgroups && engine.kind !== 'bwrap'
          ? `${cgroups.pathOf(groupOf(pod, container))}/${id.slice(0, 12)}`
          : undefined,
      rootless: isRoot ? undefined : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      tty: container.tty ?? false,
    }
  }

  /** runc keeps an ended container, so that its groups can be asked how it ended. */
  #keep(): string[] {
    return this.#parts.engine.kind === 'runc' ? ['--keep'] : []
  }

  #logOptions(log: string): string[] {
    return ['--log', log, '--log-format', 'json']
  }

  #engineWords(): string[] {
    const { engine, directory, cgroups } = this.#parts
    const state = join(directory, 'engine')
    const rootless = engine.kind === 'crun' && !cgroups ? ['--cgroup-manager=disabled'] : []
    return [engine.file, '--root', state, ...rootless]
  }

  #engineLaunch(args: readonly string[]): { file: string; args: string[] } {
    const [file = '', ...options] = this.#engineWords()
    const all = [...options, ...args]
    if (this.#parts.engine.kind !== 'crun' || this.#parts.cgroups?.version !== 'hybrid')
      return { file, args: all }
    // crun refuses a hybrid system; in a mount namespace without the unified hierarchy there is none.
    const script = 'umount /sys/fs/cgroup/unified && exec "$@"'
    return { file: 'unshare', args: ['--mount', 'sh', '-c', script, 'sh', file, ...all] }
  }

  #bubblewrap(plan: OciPlan, pidFile: string): { file: string; args: string[] } {
    const { net, ipc, uts } = plan.namespaces
    const { file } = this.#parts.engine
    const joined = Object.entries({ net, ipc, uts }).flatMap(([name, path]) =>
      path?.startsWith('/') ? [`--${name}=${path}`] : [],
    )
    // Its report becomes the file that the other engines write: the number of the first process.
    const script = 'exec 4> "$1.info"; shift; exec "$@"'
    const inner = [file, ...bubblewrapArgs(plan, INFO_DESCRIPTOR)]
    const outer = joined.length > 0 ? ['nsenter', ...joined, '--', ...inner] : inner
    return { file: '/bin/sh', args: ['-c', script, 'sh', pidFile, ...outer] }
  }

  #startCommand(kept: Kept): StartCommand {
    const { id, env: inside } = kept
    const { engine, clock } = this.#parts
    return async ({ command, stdin, tty, onOutput }) => {
      const launch =
        engine.kind === 'bwrap'
          ? insideBubblewrap(kept, command)
          : this.#engineLaunch(['exec', ...(tty ? ['--tty'] : []), id, ...command])
      const env = engine.kind === 'bwrap' ? inside : ENGINE_ENV
      return GroupProcess.start({ ...launch, env, cwd: '/', stdin, tty, onOutput }, clock)
    }
  }

  async #clear(id: string, group: string): Promise<void> {
    const { cgroups, engine, clock } = this.#parts
    if (engine.kind !== 'bwrap') {
      const launch = this.#engineLaunch(['delete', '--force', id])
      const deletion = await GroupProcess.start(
        { ...launch, env: ENGINE_ENV, cwd: '/', onOutput() {} },
        clock,
      )
      await deletion.exited
    }
    cgroups?.remove(group)
  }
}

const terminationMount = ({ container, terminationFile }: ContainerOrder): Mount[] => [
  {
    volume: 'termination-log',
    mountPath: container.terminationMessagePath || '/dev/termination-log',
    target: terminationFile,
    readOnly: false,
  },
]

const groupOf = (pod: Pod, container: Container): string => `${pod.metadata.uid}_${container.name}`

/** A command joins the namespaces of the first process, as the user that the container runs as. */
function insideBubblewrap({ pidFile, user }: Kept, command: readonly string[]) {
  const pid = String(enginePid(pidFile) ?? '')
  const { uid, gid } = user
  const namespaces = ['--user', '--mount', '--pid', '--ipc', '--uts', '--net']
  const identity = ['--setuid', String(uid), '--setgid', String(gid)]
  return {
    file: 'nsenter',
    args: ['--target', pid, ...namespaces, ...identity, `--root=/proc/${pid}/root`, '--', ...command],
  }
}

/** Resolves to true when the engine says that the container runs, to false when the engine has ended first. */
function isStarted(directory: string, pidFile: string, monitor: GroupProcess): Promise<boolean> {
  return new Promise(resolve => {
    const finish = (started: boolean) => {
      watcher.close()
      resolve(started)
    }
    const look = () => {
      if (enginePid(pidFile) !== undefined) finish(true)
    }
    const watcher = watch(directory, look)
    void monitor.exited.then(() => finish(enginePid(pidFile) !== undefined))
    look()
  })
}

/** Why the engine did not start a container: the last error of its log. */
async function reasonOf(log: string, errors: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '')
  const messages = text.split('\n').flatMap(line => {
    try {
      return [String((JSON.parse(line) as { msg: unknown }).msg)]
    } catch {
      return []
    }
  })
  return messages.at(-1) ?? (errors.trim() || 'the engine ended without a reason')
}
