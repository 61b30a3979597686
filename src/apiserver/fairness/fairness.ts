import type { FlowSchema, PriorityLevelConfiguration } from '../../kube/generated/flowcontrol-v1.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Attributes } from '../rbac/attributes.ts'
import type { Store } from '../store/store.ts'
import { FairQueue, type FairQueueLimits, type Leave, type Refusal } from './fair-queue.ts'
import { byPrecedence, type Flow, flowOf, schemaFor } from './flow-schemas.ts'

const GROUP = 'flowcontrol.apiserver.k8s.io'
const FLOW_SCHEMAS = `${GROUP}/flowschemas`
const PRIORITY_LEVELS = `${GROUP}/prioritylevelconfigurations`

/**
 * Requests that are worked on at the same time, over all priority levels. Upstream has 600, on many cores; on one
 * event loop more seats do not make more of them done, and those who come last wait longer.
 */
const TOTAL_SEATS = 100
/** Upstream's defaults of the fields. */
const DEFAULT_SHARES = 30
const DEFAULT_QUEUES = 64
const DEFAULT_QUEUE_LENGTH = 50
/** Where no schema fits or its level is missing. */
const CATCH_ALL = 'catch-all'

interface FairnessParts {
  store: Store
  clock: Clock
  /** A request was refused at a level. */
  onRefused(reason: Refusal): void
  /** How many seats each level has from now on. */
  onConfigured(seats: ReadonlyMap<string, number>): void
}

/** Where a request belongs, with the objects that say so. */
export interface Classification {
  readonly schemaUid: string | undefined
  readonly levelUid: string | undefined
  readonly flow: Flow
}

/**
 * Keeps one client from starving others, as FlowSchemas and PriorityLevelConfigurations say: schemas sort requests
 * into flows of a level; a level has its share of the seats, and gives them to its flows in turn.
 */
export class Fairness {
  readonly #parts: FairnessParts
  readonly #queues = new Map<string, FairQueue>()
  #schemas: readonly FlowSchema[] = []
  #levels = new Map<string, FairQueueLimits | 'exempt'>()
  #uids: ReadonlyMap<string, string | undefined> = new Map()
  #isStale = true

  /** Follows the configuration from then on. */
  constructor(parts: FairnessParts) {
    this.#parts = parts
    parts.store.onChange(resource => {
      if (resource === FLOW_SCHEMAS || resource === PRIORITY_LEVELS) this.#isStale = true
    })
  }

  /** Sorts a request into its flow. */
  classify(asked: Attributes): Classification {
    if (this.#isStale) this.#configure()
    const schema = schemaFor(this.#schemas, asked)
    const flow = schema ? flowOf(schema, asked) : { level: CATCH_ALL, key: asked.user.username }
    const level = this.#levels.has(flow.level) ? flow.level : CATCH_ALL
    return { schemaUid: schema?.metadata.uid, levelUid: this.#uids.get(level), flow: { ...flow, level } }
  }

  /** Takes a seat, if the flow needs one. Throws ApiError 429 where too many wait already, or too long. */
  enter({ level, key }: Flow, signal: AbortSignal): Leave | undefined | Promise<Leave> {
    if (this.#levels.get(level) === 'exempt') return undefined
    return this.#queue(level).enter(key, signal)
  }

  #queue(level: string): FairQueue {
    const known = this.#queues.get(level)
    if (known) return known
    const { clock, onRefused } = this.#parts
    const queue = new FairQueue({ clock, onRefused, limits: this.#limitsOf(level) })
    this.#queues.set(level, queue)
    return queue
  }

  #limitsOf(level: string): FairQueueLimits {
    const limits = this.#levels.get(level)
    return limits && limits !== 'exempt' ? limits : { seats: 1, maxWaitingOfFlow: 0, maxWaiting: 0 }
  }

  #configure(): void {
    this.#isStale = false
    const all = { namespace: undefined, matches: undefined }
    const objects = (resource: string) =>
      [...this.#parts.store.cache(resource).select(all)].map(({ object }) => object as unknown)
    // Only those kinds are kept there.
    this.#schemas = (objects(FLOW_SCHEMAS) as FlowSchema[]).sort(byPrecedence)
    const levels = objects(PRIORITY_LEVELS) as PriorityLevelConfiguration[]
    this.#levels = limitsByLevel(levels)
    this.#uids = new Map(levels.map(({ metadata }) => [metadata.name, metadata.uid]))
    this.#parts.onConfigured(
      new Map([...this.#levels].map(([name, limits]) => [name, limits === 'exempt' ? 0 : limits.seats])),
    )
    for (const [level, queue] of this.#queues) queue.setLimits(this.#limitsOf(level))
  }
}

/** What each level may use: seats by its share, and how many requests may wait. */
export function limitsByLevel(
  levels: readonly PriorityLevelConfiguration[],
): Map<string, FairQueueLimits | 'exempt'> {
  const sharesOf = ({ spec }: PriorityLevelConfiguration) =>
    spec.type === 'Exempt'
      ? (spec.exempt?.nominalConcurrencyShares ?? 0)
      : (spec.limited?.nominalConcurrencyShares ?? DEFAULT_SHARES)
  const total = levels.reduce((sum, level) => sum + sharesOf(level), 0)
  return new Map(
    levels.map((level): [string, FairQueueLimits | 'exempt'] => {
      const { type, limited } = level.spec
      if (type === 'Exempt') return [level.metadata.name, 'exempt']
      const seats = Math.ceil((TOTAL_SEATS * sharesOf(level)) / Math.max(total, 1))
      const { type: response, queuing } = limited?.limitResponse ?? { type: 'Reject' }
      const length = response === 'Queue' ? (queuing?.queueLengthLimit ?? DEFAULT_QUEUE_LENGTH) : 0
      const maxWaiting = length * (queuing?.queues ?? DEFAULT_QUEUES)
      return [
        level.metadata.name,
        { seats, maxWaitingOfFlow: Math.min(length * HANDS, maxWaiting), maxWaiting },
      ]
    }),
  )
}

/** Upstream deals a flow a hand of queues; here it has one, so long. */
const HANDS = 6
