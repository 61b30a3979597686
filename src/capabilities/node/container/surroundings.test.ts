import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigMap, Container, Pod, Secret, Service } from '../../../kube/generated/core-v1.ts'
import { ConfigError } from './config-error.ts'
import { fieldValue, type PodFacts, resourceValue } from './downward.ts'
import { type ConfigSources, environment } from './environment.ts'
import { DEFAULT_PATH, findExecutable } from './executable.ts'
import { expand } from './expand.ts'
import { OutputTail } from './output-tail.ts'
import { relocate, relocatePath } from './relocate.ts'
import { commandLine } from './start-plan.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'drave-root-'))
  mkdirSync(join(root, 'app/bin'), { recursive: true })
  writeFileSync(join(root, 'app/server.js'), '')
  writeFileSync(join(root, 'app/bin/tool'), '', { mode: 0o755 })
  writeFileSync(join(root, 'app/bin/data'), '', { mode: 0o644 })
})
afterAll(() => rmSync(root, { recursive: true }))

const container = { name: 'a', resources: { limits: { cpu: '1500m', memory: '64Mi' } } }
// Only what these functions read.
const facts = {
  pod: {
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u1',
      labels: { b: '2', a: '"1"' },
      annotations: { n: 'x' },
    },
    spec: { nodeName: 'laptop', containers: [container] },
  },
  podIP: '127.64.0.7',
  hostIP: '127.0.0.1',
  allocatable: { cpu: '2', memory: '1000Ki' },
} as unknown as PodFacts
const sources: ConfigSources = {
  configMap: name =>
    name === 'cm' ? ({ data: { A: 'from map', 'x.y': 'dots' } } as unknown as ConfigMap) : undefined,
  secret: name => (name === 's' ? ({ data: { A: 'ZnJvbSBzZWNyZXQ=' } } as unknown as Secret) : undefined),
  services: () =>
    [
      {
        metadata: { name: 'my-db', namespace: 'shop' },
        spec: { clusterIP: '127.128.0.5', ports: [{ name: 'sql', port: 5432 }] },
      },
      {
        metadata: { name: 'headless', namespace: 'shop' },
        spec: { clusterIP: 'None', ports: [{ port: 1 }] },
      },
      // Only what variables are made of.
    ] as unknown as Service[],
}
const envOf = (given: Partial<Container>, pod: Partial<Pod['spec']> = {}) =>
  environment({
    container: { ...container, ...given },
    facts: { ...facts, pod: { ...facts.pod, spec: { ...facts.pod.spec, ...pod } } },
    sources,
    image: { COLOUR: 'blue' },
    node: { PATH: '/bin' },
  })

describe('variables', () => {
  it.each([
    ['$(A)', '1'],
    ['-$(A)-$(B)', '-1-$(B)'],
    ['$$(A)', '$(A)'],
    ['$$$$', '$$'],
    ['$A $', '$A $'],
    ['$(A', '$(A'],
    ['$(__proto__)', '$(__proto__)'],
  ])('%s is %s', (text, expected) => expect(expand(text, { A: '1' })).toBe(expected))

  it('are taken from the image, Services, envFrom and env, in this order', () => {
    const env = envOf({
      envFrom: [{ configMapRef: { name: 'cm' } }, { prefix: 'S_', secretRef: { name: 's' } }],
      env: [
        { name: 'COLOUR', value: 'red' },
        { name: 'URL', value: 'tcp://$(MY_DB_SERVICE_HOST):$(MY_DB_SERVICE_PORT)/$(COLOUR)$(NONE)' },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'MAYBE', valueFrom: { secretKeyRef: { name: 'none', key: 'k', optional: true } } },
      ],
    })
    expect(env).toMatchObject({
      PATH: '/bin',
      COLOUR: 'red',
      A: 'from map',
      'x.y': 'dots',
      S_A: 'from secret',
      URL: 'tcp://127.128.0.5:5432/red$(NONE)',
      IP: '127.64.0.7',
      MY_DB_SERVICE_PORT_SQL: '5432',
      MY_DB_PORT_5432_TCP_ADDR: '127.128.0.5',
    })
    expect(Object.keys(env).filter(name => /HEADLESS|MAYBE/.test(name))).toEqual([])
    expect(envOf({}, { enableServiceLinks: false })).toEqual({ PATH: '/bin', COLOUR: 'blue' })
  })

  it.each<[Partial<Container>, string]>([
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, 'configmap "none" not found'],
    [{ envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
    [
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'cm', key: 'Z' } } }] },
      "couldn't find key Z in ConfigMap shop/cm",
    ],
    [
      { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'Z' } } }] },
      "couldn't find key Z in Secret shop/s",
    ],
    [
      { env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'spec.nothing' } } }] },
      'fieldPath "spec.nothing"',
    ],
  ])('that cannot be had are named: %j', (given, message) => {
    expect(() => envOf(given)).toThrow(ConfigError)
    expect(() => envOf(given)).toThrow(message)
  })
})

describe('the downward API', () => {
  it.each([
    ['metadata.name', 'web'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'u1'],
    ["metadata.labels['b']", '2'],
    ["metadata.annotations['none']", ''],
    ['metadata.labels', 'a="\\"1\\""\nb="2"'],
    ['spec.nodeName', 'laptop'],
    ['spec.serviceAccountName', 'default'],
    ['status.hostIP', '127.0.0.1'],
  ])('%s is %s', (path, expected) => expect(fieldValue(path, facts)).toBe(expected))

  it.each([
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['limits.memory', '1Mi', '64'],
    ['requests.memory', '1Mi', '64'],
    ['limits.ephemeral-storage', undefined, '0'],
  ])('%s by %s is %s', (resource, divisor, expected) =>
    expect(resourceValue({ resource, divisor }, container, facts)).toBe(expected),
  )
})

describe('paths of a container', () => {
  it.each([
    ['/etc/app/x.yaml', 'ROOT/etc/app/x.yaml'],
    ['--config=/etc/app', '--config=ROOT/etc/app'],
    ['cat /etc/app/a /etc/apples', 'cat ROOT/etc/app/a /etc/apples'],
    ['"/etc/app/x"', '"ROOT/etc/app/x"'],
    ['/etc/app/deep/x', 'ROOT/etc/app/deep/x'],
    ['http://host/etc/app', 'http://host/etc/app'],
    ['/app/server.js', 'ROOT/app/server.js'],
    ['/app/none.js', '/app/none.js'],
  ])('%s becomes %s', (text, expected) => {
    const relocation = { root, mountPaths: ['/etc/app', '/etc/app/deep'], hasImage: true }
    expect(relocate(text, relocation)).toBe(expected.replace('ROOT', root))
  })

  it('on PATH are looked for in the image first', () => {
    expect(relocatePath('/app/bin:/usr/bin', root)).toBe(`${root}/app/bin:/app/bin:/usr/bin`)
    const search = { path: '/app/bin:/bin', cwd: join(root, 'app'), root }
    expect(findExecutable('tool', search)).toBe(join(root, 'app/bin/tool'))
    expect(findExecutable('/app/bin/tool', search)).toBe(join(root, 'app/bin/tool'))
    expect(findExecutable('./bin/tool', search)).toBe(join(root, 'app/bin/tool'))
    expect(findExecutable('sh', search)).toBe('/bin/sh')
    expect(findExecutable('node', search)).toBe(process.execPath)
  })

  it.each([
    ['none', 'exec: "none": executable file not found in $PATH'],
    ['', 'exec: "": executable file not found in $PATH'],
    ['data', 'exec: "data": permission denied'],
    ['/no/such', 'exec: "/no/such": stat /no/such: no such file or directory'],
    ['./bin', 'is a directory'],
  ])('that cannot be executed are explained: %j', (command, message) =>
    expect(() =>
      findExecutable(command, { path: `/app/bin:${DEFAULT_PATH}`, cwd: join(root, 'app'), root }),
    ).toThrow(message),
  )
})

describe('the command line', () => {
  // Only the command of an image counts here.
  const image = { entrypoint: ['node', 'main.js'], cmd: ['--fast'] } as unknown as Parameters<
    typeof commandLine
  >[1]
  it.each<[Partial<Container>, string]>([
    [{}, 'node main.js --fast'],
    [{ args: ['--slow'] }, 'node main.js --slow'],
    [{ command: ['sh'] }, 'sh'],
    [{ command: ['sh'], args: ['-c'] }, 'sh -c'],
  ])('of %j', (given, expected) =>
    expect(commandLine({ name: 'a', ...given }, image).join(' ')).toBe(expected),
  )
})

describe('the last output', () => {
  it.each([
    ['Error: listen EADDRINUSE: address already in use :::8080\n    at x', ':::8080'],
    ['Error: listen EADDRINUSE: address already in use 0.0.0.0:8080\n  code: 1', '0.0.0.0:8080'],
    ['listen tcp :8080: bind: address already in use', ':8080'],
    ['OSError: [Errno 98] Address already in use', 'an address'],
    ['all is well', undefined],
  ])('%s tells of %s', (text, expected) => {
    const tail = new OutputTail()
    tail.push(Buffer.from('x'.repeat(10_000)))
    tail.push(Buffer.from(`\n${text}\n`))
    expect(tail.addressInUse()).toBe(expected)
    expect(tail.text().length).toBeLessThanOrEqual(2048)
  })
})
