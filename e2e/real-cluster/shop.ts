/** A site that answers with its version, and fails every second request where it is told to. */
const program = `
const { FAILING, HOST, VERSION } = process.env
let count = 0
require('node:http').createServer((request, response) => {
  const fails = FAILING === 'true' && request.url === '/' && count++ % 2 === 0
  response.statusCode = fails ? 500 : 200
  response.end(VERSION)
}).listen(8080, HOST)
`

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'shop' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
})
const backend = (name: string, weight: number) => ({ name, port: 80, weight })
const measured = 'istio_requests_total{reporter="source",destination_version="{{args.version}}"'

const analysis = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisTemplate',
  metadata: { name: 'success-rate' },
  spec: {
    args: [{ name: 'version' }],
    metrics: [
      {
        name: 'success-rate',
        interval: '1s',
        count: 4,
        failureLimit: 1,
        inconclusiveLimit: 60,
        successCondition: 'len(result) > 0 && result[0] >= 0.95',
        failureCondition: 'len(result) > 0 && result[0] < 0.95',
        provider: {
          prometheus: {
            query: `1 - ((sum(increase(${measured},response_code=~"5.."}[10s])) or vector(0)) / (sum(increase(${measured}}[10s])) >= 5))`,
          },
        },
      },
    ],
  },
}

const rollout = (version: string, failing: boolean) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'shop' } },
    strategy: {
      canary: {
        stableService: 'shop-stable',
        canaryService: 'shop-canary',
        trafficRouting: { plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: 'shop', namespace: 'shop' } } },
        steps: [
          { setWeight: 20 },
          {
            analysis: {
              templates: [{ templateName: 'success-rate' }],
              args: [{ name: 'version', valueFrom: { podTemplateHashValue: 'Latest' } }],
            },
          },
          { setWeight: 60 },
          { pause: { duration: '2s' } },
        ],
      },
    },
    template: {
      metadata: { labels: { app: 'shop' } },
      spec: {
        terminationGracePeriodSeconds: 2,
        containers: [
          {
            name: 'shop',
            image: 'host',
            command: ['node', '-e', program],
            ports: [{ name: 'http', containerPort: 8080 }],
            env: [
              { name: 'HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'VERSION', value: version },
              { name: 'FAILING', value: String(failing) },
            ],
            readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
})

/** What the repository holds for a version of the site. */
export const shopManifests = (version: string, failing: boolean) => ({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop' }, data: { version } },
    service('shop-stable'),
    service('shop-canary'),
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'shop' },
      spec: { gatewayClassName: 'drave', listeners: [{ name: 'http', port: 8000, protocol: 'HTTP' }] },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'shop' },
      spec: {
        parentRefs: [{ name: 'shop' }],
        rules: [{ backendRefs: [backend('shop-stable', 100), backend('shop-canary', 0)] }],
      },
    },
    analysis,
    rollout(version, failing),
  ],
})
