import { copyJson, equalJson } from '../../kube/copy.ts'
import { loadData } from '../../kube/data.ts'
import type { FlowSchema, PriorityLevelConfiguration } from '../../kube/generated/flowcontrol-v1.ts'
import { isAlreadyExists, isConflict } from '../../kube/status.ts'
import { MASTERS } from '../auth/users.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'

/** Facts of upstream's bootstrap configuration, as a server of that release shows it. */
interface FlowControl {
  flowSchemas: readonly Pick<FlowSchema, 'metadata' | 'spec'>[]
  priorityLevels: readonly Pick<PriorityLevelConfiguration, 'metadata' | 'spec'>[]
}

const AUTOUPDATE = 'apf.kubernetes.io/autoupdate-spec'

/** Makes sure that the flow schemas and priority levels of every cluster are there, and as they should be. */
export async function ensureFlowControl(core: Core): Promise<void> {
  // Written in this shape.
  const { flowSchemas, priorityLevels } = loadData('kubernetes/flow-control.json') as FlowControl
  await Promise.all([
    ...priorityLevels.map(level => ensure(core, 'prioritylevelconfigurations', level)),
    ...flowSchemas.map(schema => ensure(core, 'flowschemas', schema)),
  ])
}

async function ensure(
  core: Core,
  plural: string,
  wanted: FlowControl['flowSchemas'][number] | FlowControl['priorityLevels'][number],
): Promise<void> {
  const { name } = wanted.metadata
  const live = core.store.get(`flowcontrol.apiserver.k8s.io/${plural}`, '', name)?.object as
    | typeof wanted
    | undefined
  const isOurs = live?.metadata.annotations?.[AUTOUPDATE] === 'true'
  if (live && (!isOurs || equalJson(live.spec, wanted.spec))) return
  try {
    await dispatch(core, {
      user: { username: 'system:apiserver', groups: [MASTERS] },
      verb: live ? 'update' : 'create',
      group: 'flowcontrol.apiserver.k8s.io',
      version: 'v1',
      plural,
      name,
      body: copyJson(live ? { ...live, spec: wanted.spec } : wanted),
      options: { fieldManager: 'api-priority-and-fairness-config-producer-v1' },
      // A test looks at all of it.
      vetted: true,
    })
  } catch (error) {
    // Another server on the same store was faster.
    if (!isAlreadyExists(error) && !isConflict(error)) throw error
  }
}
