import { expect, it } from 'vitest'
import { rolloutFixture, trafficRouting } from './testing/fixtures.ts'
import type { RolloutSpecStrategyCanary } from './kinds/generated/rollout.ts'
import { specProblems } from './validate-spec.ts'

const strategies: [RolloutSpecStrategyCanary, string][] = [
  [{}, ''],
  [
    {
      trafficRouting,
      steps: [
        { setWeight: 5 },
        { pause: {} },
        { pause: { duration: '1h30m' } },
        { pause: { duration: 10 } },
        { setCanaryScale: { replicas: 1 } },
        { analysis: { templates: [{ templateName: 'a' }] } },
      ],
    },
    '',
  ],
  [{ steps: [{}] }, 'spec.strategy.canary.steps[0]'],
  [{ steps: [{ setWeight: 5, pause: {} }] }, 'spec.strategy.canary.steps[0]'],
  [{ steps: [{ setWeight: 101 }] }, 'spec.strategy.canary.steps[0].setWeight'],
  [{ trafficRouting: { ...trafficRouting, maxTrafficWeight: 1000 }, steps: [{ setWeight: 101 }] }, ''],
  [{ steps: [{ pause: { duration: 'soon' } }] }, 'spec.strategy.canary.steps[0].pause.duration'],
  [{ steps: [{ analysis: {} }] }, 'spec.strategy.canary.steps[0].analysis.templates'],
  [{ steps: [{ setCanaryScale: { replicas: 1 } }] }, 'spec.strategy.canary.steps[0].setCanaryScale'],
  [{ steps: [{ experiment: { templates: [] } }] }, 'spec.strategy.canary.steps[0].experiment'],
  [{ steps: [{ plugin: { name: 'x' } }] }, 'spec.strategy.canary.steps[0].plugin'],
  [
    { trafficRouting, steps: [{ setHeaderRoute: { name: 'x' } }] },
    'spec.strategy.canary.steps[0].setHeaderRoute',
  ],
  [
    { trafficRouting, steps: [{ setMirrorRoute: { name: 'x' } }] },
    'spec.strategy.canary.steps[0].setMirrorRoute',
  ],
  [
    { trafficRouting: { istio: { virtualService: { name: 'x' } } } },
    'spec.strategy.canary.trafficRouting.istio',
  ],
  [
    { trafficRouting: {} },
    'spec.strategy.canary.trafficRouting.plugins["argoproj-labs/gatewayAPI"].httpRoute',
  ],
  [
    { trafficRouting: { plugins: { 'acme/router': {} } } },
    'spec.strategy.canary.trafficRouting.plugins["acme/router"]',
  ],
  [
    { trafficRouting: { plugins: { 'argoproj-labs/gatewayAPI': { grpcRoute: 'x' } } } },
    'spec.strategy.canary.trafficRouting.plugins["argoproj-labs/gatewayAPI"].grpcRoute',
  ],
  [{ trafficRouting, canaryService: 'web' }, 'spec.strategy.canary.canaryService'],
  [{ trafficRouting, stableService: undefined }, 'spec.strategy.canary.stableService'],
  [{ maxSurge: 0, maxUnavailable: '0%' }, 'spec.strategy.canary.maxSurge'],
  [{ dynamicStableScale: true }, 'spec.strategy.canary.dynamicStableScale'],
  [{ canaryMetadata: { labels: {} } }, 'spec.strategy.canary.canaryMetadata'],
]
it.each(strategies)('canary %j is refused for %j', (canary, field) => {
  expect(specProblems(rolloutFixture(canary)).map(problem => problem.field)).toEqual(
    field === '' ? [] : [field],
  )
})

it.each([
  [{ strategy: { blueGreen: { activeService: 'web' } } }, 'spec.strategy.blueGreen'],
  [{ strategy: {} }, 'spec.strategy'],
  [{ workloadRef: { name: 'web' } }, 'spec.workloadRef'],
  [{ template: undefined }, 'spec.template'],
  [{ selector: {} }, 'spec.selector'],
  [{ selector: { matchLabels: { app: 'other' } } }, 'spec.template.metadata.labels'],
])('spec %j is refused', (spec, field) => {
  expect(specProblems(rolloutFixture({}, { spec })).map(problem => problem.field)).toEqual([field])
})
