import type { FlowSchema, FlowSchemaCondition } from '../../kube/generated/flowcontrol-v1.ts'
import { isNotFound } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'
import { MASTERS } from '../auth/users.ts'
import { Later } from '../later.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'

const GROUP = 'flowcontrol.apiserver.k8s.io'
const FLOW_SCHEMAS = `${GROUP}/flowschemas`
const PRIORITY_LEVELS = `${GROUP}/prioritylevelconfigurations`

/** The condition `Dangling` of a schema, in upstream's words. */
export function danglingCondition({ spec }: Pick<FlowSchema, 'spec'>, isThere: boolean): FlowSchemaCondition {
  const name = JSON.stringify(spec.priorityLevelConfiguration.name)
  const what = `This FlowSchema references the PriorityLevelConfiguration object named ${name}`
  return isThere
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${what} and it exists` }
    : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `${what} but there is no such object` }
}

/** Says in the status of flow schemas whether their priority levels are there, as upstream's API server does. */
export class FlowSchemaStatus {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  /** Writes what is to be said now, and follows schemas and levels from then on. */
  async start(): Promise<void> {
    await this.#run()
    const later = new Later(
      () => this.#run(),
      error => this.#core.log.warn({ err: error }, 'the status of flow schemas could not be written'),
    )
    this.#core.store.onChange(resource => {
      if (resource === FLOW_SCHEMAS || resource === PRIORITY_LEVELS) later.wake()
    })
  }

  async #run(): Promise<void> {
    const { store } = this.#core
    const everything = { namespace: undefined, matches: undefined }
    // Only FlowSchemas are kept there.
    const schemas = [...store.cache(FLOW_SCHEMAS).select(everything)].map(
      ({ object }) => object as FlowSchema,
    )
    await Promise.all(
      schemas.map(schema => {
        const level = store.get(PRIORITY_LEVELS, '', schema.spec.priorityLevelConfiguration.name)
        const wanted = danglingCondition(schema, level !== undefined)
        const known = schema.status?.conditions?.find(({ type }) => type === wanted.type)
        const isSaid = known?.status === wanted.status && known?.message === wanted.message
        return isSaid ? undefined : this.#write(schema.metadata.name, wanted)
      }),
    )
  }

  async #write(name: string, condition: FlowSchemaCondition): Promise<void> {
    const lastTransitionTime = toTime(this.#core.clock.now())
    try {
      await dispatch(this.#core, {
        user: { username: 'system:apiserver', groups: [MASTERS] },
        verb: 'patch',
        patchType: 'apply',
        group: GROUP,
        version: 'v1',
        plural: 'flowschemas',
        subresource: 'status',
        name,
        body: {
          apiVersion: `${GROUP}/v1`,
          kind: 'FlowSchema',
          metadata: { name },
          status: { conditions: [{ ...condition, lastTransitionTime }] },
        },
        options: { fieldManager: 'api-priority-and-fairness-config-consumer-v1', force: true },
      })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
