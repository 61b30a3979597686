import type { Job } from '../../kube/generated/batch-v1.ts'
import type { Behaviour } from '../resources/behaviour.ts'

/** A Job selects its pods by its own uid, unless `manualSelector` says otherwise. */
export const jobBehaviour: Partial<Behaviour> = {
  orphansByDefault: {
    warning:
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  },
  prepareCreate(object) {
    // The behaviour is that of Jobs only.
    const { metadata, spec } = object as unknown as Job
    // What is not whole is refused by validation, which comes later, and so is what disagrees.
    if (!metadata.name || !spec?.template || spec.manualSelector) return
    const { uid, name } = metadata
    const own = { 'batch.kubernetes.io/controller-uid': uid }
    spec.selector = { ...spec.selector, matchLabels: { ...own, ...spec.selector?.matchLabels } }
    const labels = {
      ...own,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    }
    const given = spec.template.metadata?.labels
    const isOfTemplate = metadata.labels === given || Object.keys(metadata.labels ?? {}).length === 0
    spec.template.metadata = { ...spec.template.metadata, labels: { ...labels, ...given } }
    // Labels that were left to defaults are those of the template.
    if (isOfTemplate) metadata.labels = { ...spec.template.metadata.labels }
  },
}
