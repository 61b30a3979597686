/** Labels and annotations of Argo Rollouts that other tools read. */
export const HASH_LABEL = 'rollouts-pod-template-hash'
export const REVISION = 'rollout.argoproj.io/revision'
export const DESIRED_REPLICAS = 'rollout.argoproj.io/desired-replicas'
export const SCALE_DOWN_DEADLINE = 'argo-rollouts.argoproj.io/scale-down-deadline'
export const MANAGED_BY = 'argo-rollouts.argoproj.io/managed-by-rollouts'
export const RUN_TYPE_LABEL = 'rollout-type'
export const STEP_INDEX_LABEL = 'step-index'
