import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../kube/generated/admissionregistration-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Store } from '../store/store.ts'

/** One webhook of either kind, with where it is configured. */
export interface ConfiguredWebhook {
  /** Unique among the webhooks of its kind. */
  id: string
  configuration: string
  webhook: MutatingWebhook
}

const MUTATING = 'admissionregistration.k8s.io/mutatingwebhookconfigurations'
const VALIDATING = 'admissionregistration.k8s.io/validatingwebhookconfigurations'

/** The webhooks that are configured now, in the order they are called: by configuration's name, then as listed. */
export class WebhookConfigurations {
  readonly #store: Store
  readonly #lists = new Map<string, readonly ConfiguredWebhook[]>()

  constructor(store: Store) {
    this.#store = store
    store.onChange(resource => this.#lists.delete(resource))
  }

  get mutating(): readonly ConfiguredWebhook[] {
    return this.#list(MUTATING)
  }
  get validating(): readonly ConfiguredWebhook[] {
    return this.#list(VALIDATING)
  }

  #list(resource: string): readonly ConfiguredWebhook[] {
    const known = this.#lists.get(resource)
    if (known) return known
    const stored = this.#store.cache(resource).select({ namespace: undefined, matches: undefined })
    const list = [...stored].flatMap(({ object }) => webhooksOf(object))
    this.#lists.set(resource, list)
    return list
  }
}

function webhooksOf(object: KubeObject): ConfiguredWebhook[] {
  // Only configurations are kept there. A validating webhook is a mutating one without a reinvocation policy.
  const { metadata, webhooks = [] } = object as unknown as
    | MutatingWebhookConfiguration
    | ValidatingWebhookConfiguration
  return webhooks.map((webhook, index) => ({
    id: `${metadata.name}/${webhook.name}/${index}`,
    configuration: metadata.name,
    webhook,
  }))
}
