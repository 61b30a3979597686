import type { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import type { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import type { Rollout, RolloutSpecStrategyCanary, RolloutStatus } from '../kinds/generated/rollout.ts'
import { HASH_LABEL, REVISION, RUN_TYPE_LABEL, SCALE_DOWN_DEADLINE, STEP_INDEX_LABEL } from '../names.ts'
import { GATEWAY_API } from '../traffic/gateway-api-plugin.ts'

/** For tests: objects around one Rollout called web. */
const metadata = (name: string) => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  generation: 1,
})

export const trafficRouting = { plugins: { [GATEWAY_API]: { httpRoute: 'web' } } }

export function rolloutFixture(
  canary: RolloutSpecStrategyCanary,
  options: { replicas?: number; status?: RolloutStatus; spec?: Partial<Rollout['spec']> } = {},
): Rollout {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: metadata('web'),
    spec: {
      replicas: options.replicas ?? 4,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'web:1' }] },
      },
      strategy: {
        canary: {
          ...(canary.trafficRouting ? { stableService: 'web', canaryService: 'web-canary' } : {}),
          ...canary,
        },
      },
      ...options.spec,
    },
    ...(options.status ? { status: options.status } : {}),
  }
}

export function replicaSetFixture(
  hash: string,
  counts: { replicas: number; available?: number; revision?: number; deadline?: string },
): ReplicaSet {
  const available = counts.available ?? counts.replicas
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...metadata(`web-${hash}`),
      labels: { app: 'web', [HASH_LABEL]: hash },
      annotations: {
        [REVISION]: String(counts.revision ?? 1),
        ...(counts.deadline ? { [SCALE_DOWN_DEADLINE]: counts.deadline } : {}),
      },
    },
    spec: { replicas: counts.replicas, selector: {}, template: {} },
    status: { replicas: counts.replicas, readyReplicas: available, availableReplicas: available },
  }
}

export function runFixture(
  name: string,
  phase: string,
  options: { hash?: string; step?: number; message?: string; values?: string[] } = {},
): AnalysisRun {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: {
      ...metadata(name),
      labels: {
        [HASH_LABEL]: options.hash ?? 'new',
        [RUN_TYPE_LABEL]: options.step === undefined ? 'Background' : 'Step',
        ...(options.step === undefined ? {} : { [STEP_INDEX_LABEL]: String(options.step) }),
      },
    },
    spec: {
      metrics: [
        { name: 'errors', successCondition: 'result[0] < 0.05', provider: { prometheus: { query: 'up' } } },
      ],
    },
    status: {
      phase,
      ...(options.message ? { message: options.message } : {}),
      metricResults: [
        {
          name: 'errors',
          phase,
          measurements: (options.values ?? []).map(value => ({ phase, value })),
        },
      ],
    },
  }
}
