/** Which built-in groups get TypeScript types, and the file each goes to. */
export const builtinGroups = [
  ['core', 'v1'],
  ['apps', 'v1'],
  ['batch', 'v1'],
  ['autoscaling', 'v1'],
  ['autoscaling', 'v2'],
  ['policy', 'v1'],
  ['networking', 'v1'],
  ['rbac', 'v1'],
  ['discovery', 'v1'],
  ['coordination', 'v1'],
  ['apiextensions', 'v1'],
  ['storage', 'v1'],
  ['scheduling', 'v1'],
  ['node', 'v1'],
  ['certificates', 'v1'],
  ['flowcontrol', 'v1'],
  ['admissionregistration', 'v1'],
  ['apiregistration', 'v1'],
]

const podTemplate = { type: 'PodTemplateSpec', from: 'core-v1' }
const job = { type: 'JobSpec', from: 'batch-v1' }
const labelSelector = { type: 'LabelSelector', from: 'meta-v1' }

const gatewayDuration = { pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$', type: 'string' }
/** Of Gateway API's experimental channel (GEP-1619), which the standard one leaves out. */
const sessionPersistence = {
  properties: {
    absoluteTimeout: gatewayDuration,
    cookieConfig: {
      properties: { lifetimeType: { default: 'Session', enum: ['Permanent', 'Session'], type: 'string' } },
      type: 'object',
    },
    idleTimeout: gatewayDuration,
    sessionName: { maxLength: 128, type: 'string' },
    type: { default: 'Cookie', enum: ['Cookie', 'Header'], type: 'string' },
  },
  type: 'object',
}

/** The custom kinds that Drave reconciles, and places whose type is a built-in one. */
export const customKinds = [
  { file: 'argo-cd/applications.argoproj.io', capability: 'gitops' },
  { file: 'argo-cd/appprojects.argoproj.io', capability: 'gitops' },
  {
    file: 'argo-rollouts/rollouts.argoproj.io',
    capability: 'rollouts',
    overrides: { 'spec.template': podTemplate, 'spec.selector': labelSelector },
  },
  {
    file: 'argo-rollouts/analysisruns.argoproj.io',
    capability: 'rollouts',
    overrides: { 'spec.metrics[].provider.job.spec': job },
  },
  {
    file: 'argo-rollouts/analysistemplates.argoproj.io',
    capability: 'rollouts',
    overrides: { 'spec.metrics[].provider.job.spec': job },
  },
  {
    file: 'argo-rollouts/clusteranalysistemplates.argoproj.io',
    capability: 'rollouts',
    overrides: { 'spec.metrics[].provider.job.spec': job },
  },
  { file: 'gateway-api/gatewayclasses.gateway.networking.k8s.io', capability: 'gateway' },
  { file: 'gateway-api/gateways.gateway.networking.k8s.io', capability: 'gateway' },
  {
    file: 'gateway-api/httproutes.gateway.networking.k8s.io',
    capability: 'gateway',
    additions: [['spec.rules[]', { sessionPersistence }]],
  },
]
