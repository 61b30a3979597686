import type { ValidatingAdmissionPolicy } from '../../kube/generated/admissionregistration-v1.ts'
import { isNotFound } from '../../kube/status.ts'
import { MASTERS } from '../auth/users.ts'
import { Later } from '../later.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import { typeCheck } from './type-check.ts'

const GROUP = 'admissionregistration.k8s.io'
const MANAGER = 'validatingadmissionpolicy-status'

/** Writes what type checks say of policies into their status, as upstream's controller of that name does. */
export class TypeCheckStatus {
  readonly #core: Core

  /** Follows the policies from then on. */
  constructor(core: Core) {
    this.#core = core
    const later = new Later(
      () => this.#run(),
      error => core.log.warn({ err: error }, 'the status of admission policies could not be written'),
    )
    core.store.onChange(resource => {
      if (resource === `${GROUP}/validatingadmissionpolicies`) later.wake()
    })
    later.wake()
  }

  async #run(): Promise<void> {
    const stored = this.#core.store.cache(`${GROUP}/validatingadmissionpolicies`)
    for (const { object } of stored.select({ namespace: undefined, matches: undefined })) {
      // Only policies are kept there.
      const policy = object as unknown as ValidatingAdmissionPolicy
      const { generation = 0 } = policy.metadata
      if (generation > (policy.status?.observedGeneration ?? 0)) await this.#write(policy, generation)
    }
  }

  async #write({ metadata: { name }, spec }: ValidatingAdmissionPolicy, generation: number): Promise<void> {
    const warnings = typeCheck(spec, this.#core.registry)
    const status = {
      observedGeneration: generation,
      typeChecking: warnings.length > 0 ? { expressionWarnings: warnings } : {},
    }
    try {
      await dispatch(this.#core, {
        user: { username: `system:serviceaccount:kube-system:${MANAGER}-controller`, groups: [MASTERS] },
        verb: 'patch',
        patchType: 'apply',
        group: GROUP,
        version: 'v1',
        plural: 'validatingadmissionpolicies',
        subresource: 'status',
        name,
        body: {
          apiVersion: `${GROUP}/v1`,
          kind: 'ValidatingAdmissionPolicy',
          metadata: { name },
          status,
        },
        options: { fieldManager: MANAGER, force: true },
      })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
