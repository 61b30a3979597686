import type { AdmissionPlugin } from '../admission.ts'

/** Upstream's order (kubeapiserver/options/plugins.go, `AllOrderedPlugins`). */
const order = [
  'NamespaceLifecycle',
  'LimitRanger',
  'ServiceAccount',
  'TaintNodesByCondition',
  'Priority',
  'DefaultTolerationSeconds',
  'DefaultStorageClass',
  'StorageObjectInUseProtection',
  'PersistentVolumeClaimResize',
  'RuntimeClass',
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
  'PodTopologyLabels',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
  'ResourceQuota',
]

/** Plugins that upstream does not have come before the validating webhooks, where its policies are. */
const others = order.indexOf('ValidatingAdmissionWebhook') - 0.5

const placeOf = ({ name }: AdmissionPlugin): number => {
  const place = order.indexOf(name)
  return place < 0 ? others : place
}

/** The admission plugins in the order they are asked. */
export class AdmissionChain {
  readonly #own: AdmissionPlugin[] = []
  readonly #others: readonly AdmissionPlugin[]
  #sorted: readonly AdmissionPlugin[] = []

  /** `others` may grow later. */
  constructor(others: readonly AdmissionPlugin[]) {
    this.#others = others
  }

  add(...plugins: readonly AdmissionPlugin[]): void {
    this.#own.push(...plugins)
  }

  get plugins(): readonly AdmissionPlugin[] {
    if (this.#sorted.length !== this.#own.length + this.#others.length)
      this.#sorted = [...this.#own, ...this.#others].sort((a, b) => placeOf(a) - placeOf(b))
    return this.#sorted
  }
}
