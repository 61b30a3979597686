import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, until } from './drave.ts'

const drave = new Drave()
beforeAll(() => drave.up('--no-console'))
afterAll(() => drave[Symbol.asyncDispose]())

const file = (name: string, text: string): string => {
  const path = join(drave.folder, name)
  writeFileSync(path, text)
  return path
}

const server = `
const http = require('node:http')
http.createServer((request, response) => response.end('hello ' + process.env.WHO)).listen(process.env.PORT, process.env.HOST)
console.log('listening')
process.on('SIGTERM', () => process.exit(0))
`
const web = (who: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
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
            - {name: WHO, value: ${who}}
            - {name: PORT, value: "8080"}
            - {name: HOST, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {port: http, path: /}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
`

describe('kubectl', () => {
  it('applies a Deployment, waits for it and shows it', async () => {
    const path = file('web.yaml', web('you'))
    expect(await drave.kubectl('apply', '-f', path)).toContain('deployment.apps/web created')
    expect(await drave.kubectl('apply', '-f', path)).toContain('deployment.apps/web unchanged')
    expect(await drave.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain(
      'successfully rolled out',
    )
    expect(await drave.kubectl('get', 'deployment', 'web')).toMatch(/web\s+2\/2\s+2\s+2/)
    expect(await drave.kubectl('get', 'pods', '-l', 'app=web', '-o', 'wide')).toMatch(/1\/1\s+Running\s+0/)
    expect(await drave.kubectl('describe', 'deployment', 'web')).toContain('ScalingReplicaSet')
    expect(
      await drave.kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=30s'),
    ).toContain('condition met')
  })

  it('reads logs', async () => {
    expect(await drave.kubectl('logs', 'deployment/web')).toContain('listening')
  })

  it('rolls out a change and back', async () => {
    await drave.kubectl('apply', '-f', file('web2.yaml', web('everybody')))
    await drave.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
    expect(await drave.kubectl('rollout', 'history', 'deployment/web')).toMatch(/\n2\s/)
    await drave.kubectl('rollout', 'undo', 'deployment/web')
    await drave.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
    const deployment = await drave.json('get', 'deployment', 'web')
    expect(JSON.stringify(deployment)).toContain('"value":"you"')
  })

  it('patches, labels, edits and scales', async () => {
    await drave.kubectl('create', 'configmap', 'settings', '--from-literal=a=1')
    await drave.kubectl('patch', 'configmap', 'settings', '--type=merge', '-p', '{"data":{"b":"2"}}')
    await drave.kubectl(
      'patch',
      'configmap',
      'settings',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/data/c","value":"3"}]',
    )
    await drave.kubectl('patch', 'configmap', 'settings', '-p', '{"data":{"d":"4"}}')
    await drave.kubectl('label', 'configmap', 'settings', 'tier=front')
    const editor = file('editor.sh', '#!/bin/sh\nsed -i s/\\"1\\"/\\"9\\"/ "$1"\n')
    process.env.KUBE_EDITOR = `sh ${editor}`
    await drave.kubectl('edit', 'configmap', 'settings')
    const found = await drave.json<{ data: unknown; metadata: { labels: unknown } }>(
      'get',
      'configmap',
      'settings',
    )
    expect(found.data).toEqual({ a: '9', b: '2', c: '3', d: '4' })
    expect(found.metadata.labels).toEqual({ tier: 'front' })
    await drave.kubectl('scale', 'deployment', 'web', '--replicas=1')
    await until(
      'one pod',
      async () =>
        (await drave.kubectl('get', 'pods', '-l', 'app=web', '--no-headers')).trim().split('\n').length === 1,
    )
  })

  it('applies on the server, and says who owns a field in a conflict', async () => {
    const path = file(
      'owned.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: "1"}\n',
    )
    await drave.kubectl('apply', '--server-side', '--field-manager=one', '-f', path)
    file('owned.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: "2"}\n')
    const message = await drave.kubectlFails('apply', '--server-side', '--field-manager=two', '-f', path)
    expect(message).toContain('conflict with "one"')
    expect(message).toContain('.data.a')
    await drave.kubectl('apply', '--server-side', '--field-manager=two', '--force-conflicts', '-f', path)
  })

  it('serves custom resources from the moment their definition is there', async () => {
    const schema =
      'schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, required: [size], properties: {size: {type: integer, minimum: 1}}}}}}'
    const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Boat, plural: boats, singular: boat, shortNames: [bt]}
  versions:
    - name: v1
      served: true
      storage: true
      ${schema}
      additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
`
    await drave.kubectl('apply', '-f', file('crd.yaml', definition))
    await drave.kubectl('wait', '--for=condition=Established', 'crd/boats.example.org', '--timeout=10s')
    await drave.kubectl(
      'apply',
      '-f',
      file('boat.yaml', 'apiVersion: example.org/v1\nkind: Boat\nmetadata: {name: a}\nspec: {size: 3}\n'),
    )
    expect(await drave.kubectl('get', 'bt')).toMatch(/NAME\s+SIZE\s*\na\s+3/)
    const message = await drave.kubectlFails(
      'apply',
      '-f',
      file('bad.yaml', 'apiVersion: example.org/v1\nkind: Boat\nmetadata: {name: b}\nspec: {size: 0}\n'),
    )
    expect(message).toContain('spec.size')
    expect(await drave.kubectl('api-resources')).toContain('boats')
    expect(await drave.kubectl('explain', 'boat.spec')).toContain('size')
  })

  it('refuses what is wrong with the field named', async () => {
    const unknown = await drave.kubectlFails(
      'apply',
      '-f',
      file('unknown.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndatta: {}\n'),
    )
    expect(unknown).toContain('unknown field "datta"')
    const selector = web('x')
      .replace('matchLabels: {app: web}', 'matchLabels: {app: other}')
      .replaceAll('name: web', 'name: odd')
    expect(await drave.kubectlFails('apply', '-f', file('selector.yaml', selector))).toContain(
      'spec.template.metadata.labels',
    )
    expect(await drave.kubectlFails('create', 'namespace', 'Not_A_Name')).toContain('RFC 1123')
    expect(await drave.kubectlFails('get', 'pod', 'nobody')).toContain('pods "nobody" not found')
  })

  it('says in the pod what is wrong with it', async () => {
    const pod = (name: string, rest: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: main, ${rest}}]}\n`
    await drave.kubectl(
      'apply',
      '-f',
      file(
        'pods.yaml',
        [
          pod('no-command', 'image: host, command: [no-such-program]'),
          pod('no-image', 'image: "nowhere:1"'),
        ].join('---\n'),
      ),
    )
    await until('the reason of no-command', async () =>
      (await drave.kubectl('describe', 'pod', 'no-command')).includes('no-such-program'),
    )
    const described = await until('the reason of no-image', async () => {
      const text = await drave.kubectl('describe', 'pod', 'no-image')
      return /ErrImagePull|ImagePullBackOff/.test(text) && text
    })
    expect(described).toContain('drave image build')
    await drave.kubectl('delete', '-f', join(drave.folder, 'pods.yaml'))
  })

  it('deletes a namespace with all that is in it', async () => {
    await drave.kubectl('create', 'namespace', 'short-lived')
    await drave.kubectl('create', 'configmap', 'x', '-n', 'short-lived')
    await drave.kubectl('delete', 'namespace', 'short-lived', '--timeout=30s')
    expect(await drave.kubectlFails('get', 'namespace', 'short-lived')).toContain('not found')
  })

  it('collects what a deleted owner leaves', async () => {
    await drave.kubectl('delete', 'deployment', 'web', '--timeout=30s')
    await until(
      'no pods',
      async () => (await drave.kubectl('get', 'pods', '-l', 'app=web', '--no-headers')).trim() === '',
    )
    expect((await drave.kubectl('get', 'replicasets', '-l', 'app=web', '--no-headers')).trim()).toBe('')
  })

  it('keeps what was acknowledged over kill -9', async () => {
    await drave.kubectl('create', 'configmap', 'kept', '--from-literal=a=1')
    await drave.kill()
    await drave.up('--no-console')
    expect(await drave.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('1')
  })

  const versions = ['1.27', '1.28', '1.29', '1.30', '1.31', '1.32', '1.33'].map(
    version => `/usr/lib/google-cloud-sdk/bin/kubectl.${version}`,
  )
  it.each(versions.filter(existsSync))('works with %s', async program => {
    const kubectl = (...args: string[]) => drave.kubectlOf(program, ...args, '-n', 'versions')
    await drave.kubectlOf(program, 'create', 'namespace', 'versions')
    try {
      await kubectl('create', 'configmap', 'versioned', '--from-literal=a=1')
      await kubectl('create', 'secret', 'generic', 'versioned', '--from-literal=a=1')
      await kubectl('create', 'deployment', 'versioned', '--image=host', '--replicas=0')
      expect(await kubectl('get', 'configmap,secret,deployment')).toContain('configmap/versioned')
      const path = file('web3.yaml', web('you').replace('replicas: 2', 'replicas: 0'))
      expect(await kubectl('apply', '-f', path)).toContain('deployment.apps/web created')
      file('web3.yaml', web('me').replace('replicas: 2', 'replicas: 0'))
      expect(await kubectl('apply', '-f', path)).toContain('deployment.apps/web configured')
      const boat = file(
        'boat.yaml',
        'apiVersion: example.org/v1\nkind: Boat\nmetadata: {name: a}\nspec: {size: 3}\n',
      )
      await kubectl('apply', '-f', boat)
      file('boat.yaml', 'apiVersion: example.org/v1\nkind: Boat\nmetadata: {name: a}\nspec: {size: 4}\n')
      expect(await kubectl('apply', '-f', boat)).toContain('boat.example.org/a configured')
      expect(await kubectl('auth', 'can-i', 'create', 'pods')).toContain('yes')
      expect(await kubectl('describe', 'deployment', 'web')).toContain('Replicas:')
    } finally {
      await drave.kubectlOf(program, 'delete', 'namespace', 'versions', '--timeout=30s')
    }
  })
})
