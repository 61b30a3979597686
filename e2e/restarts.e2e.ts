import { mkdirSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, until } from './drave.ts'

const CLIENTS = 12
const drave = new Drave()
afterAll(() => drave[Symbol.asyncDispose]())

/** Answers what was posted, and ends at once when told so: what it has not answered by then is lost. */
const server = `
require('node:http').createServer((request, response) => request.on('end', () => response.end('done')).resume())
  .listen(8080, process.env.HOST)
process.on('SIGTERM', () => process.exit(0))
`
const manifests = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: host
          command: [node, -e, ${JSON.stringify(server)}]
          env: [{name: HOST, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {port: http, path: /}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front}
spec: {gatewayClassName: drave, listeners: [{name: http, port: 8000, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {parentRefs: [{name: front}], rules: [{backendRefs: [{name: web, port: 80}]}]}
`

/** What came of each request: its status, or why there was none. */
const outcomes = new Map<string, number>()
const answered = () => outcomes.get('200') ?? 0
let isOver = false

function post(agent: Agent): Promise<string> {
  return new Promise(resolve => {
    const sent = request(drave.endpoint('gateway'), { agent, method: 'POST' }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('end', () =>
        resolve(response.statusCode === 200 ? '200' : `${response.statusCode} ${text}`),
      )
      response.on('error', error => resolve(error.message))
    })
    sent.on('error', error => resolve(error.message))
    sent.end('x'.repeat(1000))
  })
}

async function client(keepAlive: boolean): Promise<void> {
  const agent = new Agent({ keepAlive, maxSockets: 1 })
  while (!isOver) {
    const outcome = await post(agent)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    await sleep(2)
  }
  agent.destroy()
}

const rolledOut = () => drave.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
const serving = (count: number) =>
  until(`${count} pods`, async () => {
    const { items } = await drave.json<{ items: unknown[] }>('get', 'pods')
    return items.length === count
  })

describe('requests while pods come and go', () => {
  let clients: Promise<void>[] = []

  beforeAll(async () => {
    mkdirSync(join(drave.folder, 'manifests'))
    writeFileSync(join(drave.folder, 'manifests', 'web.yaml'), manifests)
    await drave.up('--no-console', 'manifests')
    await rolledOut()
    const probe = new Agent()
    await until('the route', async () => (await post(probe)) === '200')
    clients = Array.from({ length: CLIENTS }, (_, index) => client(index % 3 !== 0))
  })

  it('are all answered during rolling updates', async () => {
    for (let round = 0; round < 3; round++) {
      // `rollout restart` refuses to be called twice in one second.
      await drave.kubectl('set', 'env', 'deployment/web', `ROUND=${round}`)
      await rolledOut()
    }
  })

  it('are all answered when most pods go at once', async () => {
    for (const count of [8, 1, 8, 1]) {
      await drave.kubectl('scale', 'deployment/web', `--replicas=${count}`)
      await rolledOut()
      await serving(count)
    }
  })

  it('were many, and none was lost', async () => {
    isOver = true
    await Promise.all(clients)
    expect(answered()).toBeGreaterThan(1000)
    expect(Object.fromEntries(outcomes)).toEqual({ '200': answered() })
  })
})
