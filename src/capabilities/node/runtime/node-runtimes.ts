import { createHash } from 'node:crypto'
import type { Kernel } from '../../../kernel/capability.ts'
import { Cgroups } from '../cgroup/cgroups.ts'
import { PodNetwork } from '../network/pod-network.ts'
import type { ContainerRuntime } from './container-runtime.ts'
import { findEngine } from './oci/engine.ts'
import { OciRuntime } from './oci/oci-runtime.ts'
import { ProcessRuntime } from './process-runtime.ts'

interface NodeRuntimes {
  /** By handler. */
  runtimes: ReadonlyMap<string, ContainerRuntime>
  /** Undefined where nothing is limited. */
  cgroups: Cgroups | undefined
  /** Why nothing is limited. */
  whyNoCgroups: string
  /** Why a handler is not there. */
  missing: ReadonlyMap<string, string>
}

/** The runtimes that this machine can have. */
export function nodeRuntimes({ clock, config, dataDirectory, log }: Kernel, name: string): NodeRuntimes {
  const seed = createHash('sha256').update(`${name} ${dataDirectory.path}`).digest('hex').slice(0, 12)
  const probed = Cgroups.probe(`drave-${seed}`)
  const cgroups = probed instanceof Cgroups ? probed : undefined
  const whyNoCgroups = 'why' in probed ? probed.why : ''
  if (!cgroups) log.debug({ why: whyNoCgroups }, 'no limits are enforced')
  const runtimes = new Map<string, ContainerRuntime>()
  runtimes.set('process', new ProcessRuntime(clock, cgroups))
  const configured = String(config.get('node.ociEngine') ?? '')
  const engine = process.platform === 'linux' ? findEngine(configured, probed.version) : undefined
  if (!engine) {
    const why =
      process.platform === 'linux'
        ? `install runc, crun or bubblewrap${configured ? `: there is no ${configured}` : ''}`
        : 'containers need Linux'
    return { runtimes, cgroups, whyNoCgroups, missing: new Map([['oci', why]]) }
  }
  const network = PodNetwork.isPossible() ? new PodNetwork(seed) : undefined
  const directory = dataDirectory.folder('node/oci')
  runtimes.set('oci', new OciRuntime({ engine, clock, cgroups, network, directory }))
  return { runtimes, cgroups, whyNoCgroups, missing: new Map() }
}
