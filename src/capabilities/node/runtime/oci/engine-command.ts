import { join } from 'node:path'
import type { CgroupVersion } from '../../cgroup/cgroups.ts'
import { DEFAULT_PATH } from '../../container/executable.ts'
import type { Engine } from './engine.ts'

/** The engine's environment: nothing of a container's, nor of ours. */
export const ENGINE_ENV = { PATH: DEFAULT_PATH }

/** A program and its arguments. */
export interface Launch {
  file: string
  args: string[]
}

/** How runc or crun is called on this machine. */
export class EngineCommand {
  readonly #engine: Engine
  readonly #directory: string
  readonly #cgroups: CgroupVersion | undefined

  /** Its state is kept in `directory`; without `cgroups` it makes no groups. */
  constructor(engine: Engine, directory: string, cgroups: CgroupVersion | undefined) {
    this.#engine = engine
    this.#directory = directory
    this.#cgroups = cgroups
  }

  /** The engine with its global options. */
  get words(): string[] {
    const { kind, file } = this.#engine
    const withoutGroups = kind === 'crun' && !this.#cgroups ? ['--cgroup-manager=disabled'] : []
    return [file, '--root', join(this.#directory, 'engine'), ...withoutGroups]
  }

  /** Makes and runs a container; the log gets what the engine has to say. */
  run({ id, bundle, pidFile, log }: { id: string; bundle: string; pidFile: string; log: string }): Launch {
    // runc keeps an ended container, so that its groups can be asked how it ended.
    const keep = this.#engine.kind === 'runc' ? ['--keep'] : []
    const logging = ['--log', log, '--log-format', 'json']
    return this.of([...logging, 'run', ...keep, '--bundle', bundle, '--pid-file', pidFile, id])
  }

  of(args: readonly string[]): Launch {
    const [file = '', ...options] = this.words
    const all = [...options, ...args]
    if (this.#engine.kind !== 'crun' || this.#cgroups !== 'hybrid') return { file, args: all }
    // crun refuses a hybrid system; in a mount namespace without the unified hierarchy there is none.
    const script = 'umount /sys/fs/cgroup/unified && exec "$@"'
    return { file: 'unshare', args: ['--mount', 'sh', '-c', script, 'sh', file, ...all] }
  }
}
