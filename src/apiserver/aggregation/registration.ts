import { copyJson } from '../../kube/copy.ts'
import type { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../kube/status.ts'
import { WorkQueue } from '../../lib/work-queue.ts'
import { MASTERS } from '../auth/users.ts'
import { DEFINITIONS } from '../custom/definitions.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import type { ApiRequest } from '../request.ts'
import { apiServiceName } from './api-service-name.ts'
import type { ApiServices } from './api-services.ts'
import { builtinPriority, CUSTOM, OWN_GROUP, type Priority } from './priorities.ts'
import { MANAGED_LABEL, type Registration, registrationStep } from './registration-step.ts'
import { runWorkers } from './run-workers.ts'

/** Keeps an APIService for each group version that is served here: upstream's autoregister controllers. */
export class LocalRegistration {
  readonly #core: Core
  readonly #apiServices: ApiServices
  readonly #queue: WorkQueue
  readonly #desired = new Map<string, Registration>()
  readonly #settled = new Set<string>()
  readonly #atStart = new Set<string>()
  /** How many CustomResourceDefinitions serve a group version, by name of its APIService. */
  readonly #custom = new Map<string, number>()

  constructor(core: Core, apiServices: ApiServices) {
    this.#core = core
    this.#apiServices = apiServices
    this.#queue = new WorkQueue(core.clock)
  }

  /** Registers what is served now, and follows it from then on, until the signal aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const { store, registry } = this.#core
    for (const { metadata } of this.#apiServices.all()) this.#atStart.add(metadata.name)
    for (const { group, version, custom } of registry.all()) {
      const priority = builtinPriority(group, version)
      if (!custom && priority && group !== OWN_GROUP)
        this.#want(group, version, { priority, managed: 'onstart' })
    }
    const everything = { namespace: undefined, matches: undefined }
    for (const { object } of store.cache(DEFINITIONS).select(everything)) this.#count(object, 1)
    store.onChange((resource, { type, stored, previous }) => {
      if (resource !== DEFINITIONS) return
      if (type !== 'DELETED') this.#count(stored.object, 1)
      if (type !== 'ADDED') this.#count((previous ?? stored).object, -1)
    })
    this.#apiServices.onChange(name => this.#queue.add(name))
    // Those at the start at once, so that they are there when the server answers.
    const names = new Set([...this.#desired.keys(), ...this.#atStart])
    await Promise.all([...names].map(name => this.#settle(name)))
    runWorkers(this.#core, { queue: this.#queue, signal, work: name => this.#settle(name) })
  }

  /** Registers one more group version, which yields to whoever else wants to serve it. */
  offer(group: string, version: string, priority: Priority): void {
    this.#want(group, version, { priority, managed: 'if missing' })
  }

  #want(
    group: string,
    version: string,
    { priority, managed }: { priority: Priority; managed: Registration['managed'] },
  ): void {
    const name = apiServiceName(group, version)
    const spec = {
      ...(group ? { group } : {}),
      version,
      groupPriorityMinimum: priority.group,
      versionPriority: priority.version,
    }
    this.#desired.set(name, { spec, managed })
    this.#queue.add(name)
  }

  #count(object: object, by: 1 | -1): void {
    // Only definitions are kept there.
    const { spec } = object as CustomResourceDefinition
    for (const { name: version, served } of spec.versions) {
      if (!served) continue
      const name = apiServiceName(spec.group, version)
      const count = (this.#custom.get(name) ?? 0) + by
      if (count > 0) {
        this.#custom.set(name, count)
        if (!this.#desired.has(name)) this.#want(spec.group, version, { priority: CUSTOM, managed: 'true' })
      } else {
        this.#custom.delete(name)
        this.#desired.delete(name)
        this.#queue.add(name)
      }
    }
  }

  async #settle(name: string): Promise<'ok'> {
    const desired = this.#desired.get(name)
    const current = this.#apiServices.get(name)
    const step = registrationStep({
      desired,
      current,
      wasSettled: this.#settled.has(name),
      wasThereAtStart: this.#atStart.has(name),
    })
    if (step === 'create' && desired) await this.#write('create', name, { body: bodyOf(name, desired) })
    if (step === 'update' && desired)
      await this.#write('update', name, { body: copyJson({ ...current, spec: desired.spec }) })
    if (step === 'delete')
      await this.#write('delete', name, { options: { preconditions: { uid: current?.metadata.uid } } })
    this.#settled.add(name)
    return 'ok'
  }

  async #write(verb: ApiRequest['verb'], name: string, more: Partial<ApiRequest>): Promise<void> {
    try {
      await dispatch(this.#core, {
        user: { username: 'system:apiserver', groups: [MASTERS] },
        verb,
        group: OWN_GROUP,
        version: 'v1',
        plural: 'apiservices',
        name,
        options: { fieldManager: 'kube-apiserver' },
        ...more,
      })
    } catch (error) {
      // Changed meanwhile: the change wakes this again.
      if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error
    }
  }
}

const bodyOf = (name: string, { spec, managed }: Registration) => ({
  metadata: { name, ...(managed === 'if missing' ? {} : { labels: { [MANAGED_LABEL]: managed } }) },
  spec: copyJson(spec),
})
