import { writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, until } from './drave.ts'

const USERS = 10_000
const CONNECTIONS = 32
const drave = new Drave()
afterAll(() => drave[Symbol.asyncDispose]())

const server = `
require('node:http').createServer((request, response) => response.end(process.env.RELEASE)).listen(8080, process.env.HOST)
process.on('SIGTERM', () => process.exit(0))
`
const manifests = (release: string) => `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: host
          command: [node, -e, ${JSON.stringify(server)}]
          env:
            - {name: RELEASE, value: ${release}}
            - {name: HOST, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {port: http, path: /}, periodSeconds: 1}
  strategy:
    canary:
      stableService: web-stable
      canaryService: web-canary
      trafficRouting: {plugins: {argoproj-labs/gatewayAPI: {httpRoute: web, namespace: default}}}
      steps: [{setWeight: 10}, {pause: {}}, {setWeight: 35}, {pause: {}}, {setWeight: 80}, {pause: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: web-stable}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: web-canary}
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
spec:
  parentRefs: [{name: front}]
  rules:
    - backendRefs: [{name: web-stable, port: 80}, {name: web-canary, port: 80, weight: 0}]
      sessionPersistence: {type: Cookie, sessionName: visitor}
`

interface User {
  cookie: string | undefined
  seen: string | undefined
}
const users: User[] = Array.from({ length: USERS }, () => ({ cookie: undefined, seen: undefined }))
let gateway = ''
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

const visit = (user: User): Promise<{ status: number; release: string }> =>
  new Promise((resolve, reject) => {
    const headers = user.cookie ? { cookie: user.cookie } : {}
    const outgoing = request(gateway, { agent, headers }, response => {
      const cookie = response.headers['set-cookie']?.[0]?.split(';')[0]
      if (cookie) user.cookie = cookie
      let release = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        release += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, release }))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })

/** Every user visits once; yields how many see the release, and whose version went back from it. */
async function everybodyVisits(
  release: string,
): Promise<{ share: number; wentBack: number; failed: number }> {
  let next = 0
  let seen = 0
  let wentBack = 0
  let failed = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let user = users[next++]; user; user = users[next++]) {
        const answer = await visit(user)
        if (answer.status !== 200) failed++
        if (answer.release === release) seen++
        else if (user.seen === release) wentBack++
        user.seen = answer.release
      }
    }),
  )
  return { share: (seen / USERS) * 100, wentBack, failed }
}

const apply = (release: string) => {
  const path = join(drave.folder, 'sticky.yaml')
  writeFileSync(path, manifests(release))
  return drave.kubectl('apply', '-f', path)
}
const weightIs = (weight: number) =>
  until(`weight ${weight}`, async () => {
    const status = await drave.kubectl(
      'get',
      'rollout',
      'web',
      '-o',
      'jsonpath={.status.phase} {.status.canary.weights.canary.weight}',
    )
    return status === `Paused ${weight}`
  })

beforeAll(async () => {
  await drave.up('--no-console')
  await apply('one')
  gateway = await until('the gateway', () => drave.endpoint('gateway'))
  await until(
    'the first release',
    async () => (await visit({ cookie: undefined, seen: undefined })).release === 'one',
  )
})

describe('a growing canary', () => {
  it('gives every user one version, and as many users the new one as its weight says', async () => {
    await everybodyVisits('two')
    expect(users.every(user => user.cookie?.startsWith('visitor='))).toBe(true)
    await apply('two')
    for (const weight of [10, 35, 80]) {
      await weightIs(weight)
      const { share, wentBack, failed } = await everybodyVisits('two')
      expect(Math.abs(share - weight)).toBeLessThan(1.5)
      expect({ wentBack, failed }).toEqual({ wentBack: 0, failed: 0 })
      await drave.run('rollout', 'promote', 'web')
    }
    await until(
      'the end',
      async () =>
        (await drave.kubectl('get', 'rollout', 'web', '-o', 'jsonpath={.status.phase}')) === 'Healthy',
    )
    expect(await everybodyVisits('two')).toEqual({ share: 100, wentBack: 0, failed: 0 })
  })

  it('takes everybody back when it is aborted, and loses no request', async () => {
    await apply('three')
    await weightIs(10)
    await everybodyVisits('three')
    await drave.run('rollout', 'abort', 'web')
    await until(
      'all traffic on the stable version',
      async () => (await everybodyVisits('three')).share === 0,
      20,
    )
    expect(await everybodyVisits('three')).toMatchObject({ share: 0, failed: 0 })
  })
})
