// Tries @kubernetes/client-node against the API of $KUBECONFIG, and prints a line for each thing that holds.
// Writes `restart` when the server shall be restarted, and goes on when it reads a line.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { PassThrough, Writable } from 'node:stream'
import * as k8s from '@kubernetes/client-node'

const config = new k8s.KubeConfig()
config.loadFromDefault()
const core = config.makeApiClient(k8s.CoreV1Api)
const namespace = 'node-client'
const ok = name => console.log(`ok ${name}`)

/** Waits for the condition, at most 30 s. */
async function until(what, condition) {
  const deadline = Date.now() + 30_000
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
class Text extends Writable {
  text = ''
  _write(chunk, _encoding, done) {
    this.text += chunk
    done()
  }
}
const configMap = (name, data = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
})
const createMap = name => core.createNamespacedConfigMap({ namespace, body: configMap(name) })

async function informer() {
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const informer = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }))
  const seen = []
  for (const verb of ['add', 'update', 'delete'])
    informer.on(verb, object => seen.push(`${verb} ${object.metadata.name}`))
  informer.on('error', () => setTimeout(() => informer.start(), 100))
  await createMap('first')
  await informer.start()
  await until('the first', () => seen.includes('add first'))
  const patch = [{ op: 'add', path: '/data', value: { a: '1' } }]
  await core.patchNamespacedConfigMap({ namespace, name: 'first', body: patch })
  await until('its update', () => seen.includes('update first'))
  await core.deleteNamespacedConfigMap({ namespace, name: 'first' })
  await until('its end', () => seen.includes('delete first'))
  ok('informer')
  console.log('restart')
  await once(process.stdin, 'data')
  await until('the server', () => createMap('second').catch(() => false))
  await until('what came after the restart', () => seen.includes('add second'))
  assert.deepEqual(
    informer
      .list()
      .map(object => object.metadata.name)
      .filter(name => name === 'second'),
    ['second'],
  )
  await informer.stop()
  ok('informer over a restart of the server')
}

async function watch() {
  const seen = []
  const done = []
  const controller = await new k8s.Watch(config).watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { fieldSelector: 'metadata.name=watched', allowWatchBookmarks: true },
    (type, object) => seen.push([type, object.metadata.name]),
    error => done.push(error),
  )
  await createMap('watched')
  await createMap('unwatched')
  await core.deleteNamespacedConfigMap({ namespace, name: 'watched' })
  await until('both events', () => seen.length === 2)
  assert.deepEqual(seen, [
    ['ADDED', 'watched'],
    ['DELETED', 'watched'],
  ])
  controller.abort()
  await until('the end', () => done.length === 1)
  ok('watch')
}

const server = `
process.stdin.on('data', text => process.stdout.write('heard ' + text))
require('node:net').createServer(socket => socket.on('data', text => socket.end('echo ' + text))).listen(8080, process.env.HOST)
setInterval(() => console.log('tick'), 200)
process.on('SIGTERM', () => process.exit(0))
console.log('listening')`

async function pod() {
  const env = [{ name: 'HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]
  const containers = [{ name: 'main', image: 'host', stdin: true, command: ['node', '-e', server], env }]
  const body = { metadata: { name: 'pod' }, spec: { containers, terminationGracePeriodSeconds: 1 } }
  await core.createNamespacedPod({ namespace, body })
  await until('the pod', async () => {
    const { status } = await core.readNamespacedPod({ namespace, name: 'pod' })
    return status.containerStatuses?.[0]?.ready
  })
}

async function exec() {
  const [out, err] = [new Text(), new Text()]
  const input = new PassThrough()
  const status = await new Promise((resolve, reject) => {
    new k8s.Exec(config)
      .exec(
        namespace,
        'pod',
        'main',
        ['sh', '-c', 'read line; echo "got $line"; echo problem >&2; exit 7'],
        out,
        err,
        input,
        false,
        resolve,
      )
      .then(socket => socket.on('error', reject), reject)
    input.write('in\n')
  })
  assert.equal(out.text, 'got in\n')
  assert.equal(err.text, 'problem\n')
  assert.equal(status.reason, 'NonZeroExitCode')
  assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '7' }])
  ok('exec with its exit code')
}

async function attach() {
  const out = new Text()
  const input = new PassThrough()
  const socket = await new k8s.Attach(config).attach(namespace, 'pod', 'main', out, new Text(), input, false)
  input.write('you\n')
  await until('the answer', () => out.text.includes('heard you'))
  socket.close()
  ok('attach')
}

async function portForward() {
  const forward = new k8s.PortForward(config)
  const local = createServer(
    socket => void forward.portForward(namespace, 'pod', [8080], socket, null, socket),
  )
  await once(local.listen(0, '127.0.0.1'), 'listening')
  const socket = connect(local.address().port, '127.0.0.1')
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  socket.write('hello')
  await until('the echo', () => text === 'echo hello')
  socket.destroy()
  local.close()
  ok('port-forward')
}

async function logs() {
  const out = new Text()
  const controller = await new k8s.Log(config).log(namespace, 'pod', 'main', out, {
    follow: true,
    tailLines: 5,
  })
  const before = await until('lines', () => out.text.includes('tick') && out.text.length)
  await until('more lines', () => out.text.length > before)
  controller.abort()
  ok('log that follows')
}

async function patches() {
  const { JsonPatch, MergePatch, StrategicMergePatch, ServerSideApply } = k8s.PatchStrategy
  const objects = k8s.KubernetesObjectApi.makeApiClient(config)
  const patch = (data, strategy, more = {}) =>
    objects.patch(
      Array.isArray(data) ? Object.assign(data, more) : { ...configMap('patched', data), ...more },
      undefined,
      undefined,
      'node',
      undefined,
      strategy,
    )
  await objects.create(configMap('patched', { a: '1' }))
  await patch({ b: '2' }, MergePatch)
  await patch({ c: '3' }, StrategicMergePatch)
  const applied = await patch({ d: '4' }, ServerSideApply)
  assert.deepEqual(applied.data, { a: '1', b: '2', c: '3', d: '4' })
  assert.ok(
    applied.metadata.managedFields.some(entry => entry.manager === 'node' && entry.operation === 'Apply'),
  )
  const operations = [
    { op: 'test', path: '/data/a', value: '1' },
    { op: 'remove', path: '/data/a' },
  ]
  const json = await core.patchNamespacedConfigMap(
    { namespace, name: 'patched', body: operations },
    k8s.setHeaderOptions('Content-Type', JsonPatch),
  )
  assert.deepEqual(Object.keys(json.data), ['b', 'c', 'd'])
  const other = objects.patch(
    configMap('patched', { d: '5' }),
    undefined,
    undefined,
    'other',
    false,
    ServerSideApply,
  )
  await assert.rejects(other, error => error.code === 409 && error.body.includes('conflict with \\"node\\"'))
  ok('every patch')
}

async function customObjects() {
  const names = { kind: 'Boat', plural: 'boats', singular: 'boat' }
  const openAPIV3Schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } } },
  }
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }]
  await config.makeApiClient(k8s.ApiextensionsV1Api).createCustomResourceDefinition({
    body: {
      metadata: { name: 'boats.node.example.org' },
      spec: { group: 'node.example.org', scope: 'Namespaced', names, versions },
    },
  })
  const custom = config.makeApiClient(k8s.CustomObjectsApi)
  const kind = { group: 'node.example.org', version: 'v1', namespace, plural: 'boats' }
  const body = size => ({
    apiVersion: 'node.example.org/v1',
    kind: 'Boat',
    metadata: { name: 'a' },
    spec: { size },
  })
  await until('boats', () => custom.listNamespacedCustomObject(kind).catch(() => undefined))
  await custom.createNamespacedCustomObject({ ...kind, body: body(3) })
  await assert.rejects(
    custom.replaceNamespacedCustomObject({ ...kind, name: 'a', body: { ...body(0) } }),
    error => error.code === 422,
  )
  const found = await custom.getNamespacedCustomObject({ ...kind, name: 'a' })
  assert.equal(found.spec.size, 3)
  await custom.deleteNamespacedCustomObject({ ...kind, name: 'a' })
  assert.deepEqual((await custom.listNamespacedCustomObject(kind)).items, [])
  ok('custom objects')
}

await core.createNamespace({ body: { metadata: { name: namespace } } })
for (const step of [informer, watch, patches, customObjects, pod, exec, attach, portForward, logs])
  await step()
process.exit(0)
