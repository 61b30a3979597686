// What clients do beside creating and reading single objects: changes, deletions, lists by label, custom resources with
// rules, and creates where webhooks and definitions are that have nothing to do with them.
import { cpuOf, fill, rate, timed } from './load.mjs'
import { TlsClient } from './tls-client.mjs'

const CLIENTS = 16
const OBJECTS = 5000
/** One label of so many selects an object. */
const SHARDS = 100
const CUSTOM = 2000
const BYSTANDERS = 20
const TIMES = 7

const base = '/api/v1/namespaces/default'
const text = 'x'.repeat(1800)
const GROUP = 'bench.drave.dev'
const APPLY = 'application/apply-patch+yaml'

const configMap = (name, { labels, turn = '' } = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { text, turn } })

const widget = name =>
  JSON.stringify({
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { name },
    spec: {
      least: 1,
      most: 10,
      parts: Array.from({ length: 10 }, (_, index) => ({ name: `part-${index}` })),
    },
  })

/** A definition; the one of Widgets has rules. */
const definition = (kind, rules) => {
  const plural = `${kind.toLowerCase()}s`
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` }
  const part = { type: 'object', properties: { name: { type: 'string', maxLength: 20 } } }
  const spec = {
    type: 'object',
    properties: {
      least: { type: 'integer' },
      most: { type: 'integer' },
      parts: { type: 'array', maxItems: 20, items: part },
    },
    ...(rules ? { 'x-kubernetes-validations': rules.map(rule => ({ rule })) } : {}),
  }
  const openAPIV3Schema = { type: 'object', properties: { spec } }
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  })
}
const RULES = ['self.least <= self.most', 'self.parts.all(part, part.name.startsWith("part-"))']

/** Asks about ConfigMaps of namespaces that do not exist, so that it is never called. */
const webhook = index =>
  JSON.stringify({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: `bench-${index}` },
    webhooks: [
      {
        name: `bench-${index}.drave.dev`,
        clientConfig: { url: 'https://127.0.0.1:1/' },
        namespaceSelector: { matchLabels: { bench: `none-${index}` } },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  })

/** What is measured of a server, by name; times are medians. */
export async function measureVerbs(server, seconds) {
  const seen = new Map()
  const rated = async (what, perform) => {
    const { perSecond, cpuMs } = await rate(server, { clients: CLIENTS, seconds }, perform)
    seen.set(`${what}, ${CLIENTS} clients, a second`, perSecond)
    seen.set(`${what}, ${CLIENTS} clients, ms of CPU each`, cpuMs)
  }
  const client = await TlsClient.open(server)
  const made = async (path, body) => {
    const answer = await client.call('POST', path, body)
    if (answer.code !== 201) throw new Error(`${path}: HTTP ${answer.code}: ${answer.body}`)
  }
  const listed = async (what, path) => {
    const before = cpuOf(server)
    seen.set(`${what}, ms`, await timed(TIMES, () => client.call('GET', path)))
    seen.set(`${what}, ms of CPU`, ((cpuOf(server) - before) * 1000) / TIMES)
  }
  // Names are CLIENTS-CLIENT-TURN: each client changes an object of its own.
  const own = name => `v-${name.split('-')[1]}`
  for (let index = 0; index < CLIENTS; index++) await made(`${base}/configmaps`, configMap(`v-${index}`))

  await rated('updates of 2 KB', (one, turn) =>
    one.call('PUT', `${base}/configmaps/${own(turn)}`, configMap(own(turn), { turn })),
  )
  await rated('merge patches', (one, turn) =>
    one.call('PATCH', `${base}/configmaps/${own(turn)}`, `{"data":{"turn":"${turn}"}}`),
  )
  await rated('applies of 2 KB', (one, turn) =>
    one.call(
      'PATCH',
      `${base}/configmaps/${own(turn)}?fieldManager=bench&force=true`,
      configMap(own(turn), { turn }),
      undefined,
      APPLY,
    ),
  )
  const labelled = '/api/v1/namespaces/kube-public/configmaps'
  const count = await fill(server, OBJECTS, (one, index) =>
    one.call('POST', labelled, configMap(`s-${index}`, { labels: { shard: `${index % SHARDS}` } })),
  )
  await listed(
    `list of ${OBJECTS / SHARDS} objects of ${OBJECTS} by label`,
    `${labelled}?labelSelector=shard%3D7`,
  )
  let next = 0
  const deletion = one => one.call('DELETE', `${labelled}/s-${next++}`)
  const deletes = await counted(server, { left: () => count - next, deletion })
  seen.set(`deletes, ${CLIENTS} clients, a second`, deletes.perSecond)
  seen.set(`deletes, ${CLIENTS} clients, ms of CPU each`, deletes.cpuMs)

  for (let index = 0; index < BYSTANDERS; index++) {
    await made('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition(`Bystander${index}`))
    await made('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', webhook(index))
  }
  await made('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition('Widget', RULES))
  const widgets = `/apis/${GROUP}/v1/namespaces/default/widgets`
  while ((await client.call('GET', widgets)).code !== 200)
    await new Promise(resolve => setTimeout(resolve, 50))
  // kube-apiserver lets the first creates of a new kind wait.
  await made(widgets, widget('first'))
  await rated(`creates of 2 KB beside ${BYSTANDERS} definitions and webhooks`, (one, turn) =>
    one.call('POST', `${base}/configmaps`, configMap(`w-${turn}`)),
  )
  await rated('creates of custom resources with rules', (one, turn) =>
    one.call('POST', widgets, widget(`w-${turn}`)),
  )
  const kept = widgets.replace('default', 'kube-public')
  await fill(server, CUSTOM, (one, index) => one.call('POST', kept, widget(`l-${index}`)))
  await listed(`list of ${CUSTOM} custom resources`, kept)
  client.close()
  return seen
}

/** Deletes until nothing is left. */
async function counted(server, { left, deletion }) {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => TlsClient.open(server)))
  const [before, started, count] = [cpuOf(server), performance.now(), left()]
  await Promise.all(
    clients.map(async client => {
      while (left() > 0) {
        const { code, body } = await deletion(client)
        if (code !== 200) throw new Error(`HTTP ${code}: ${body}`)
      }
    }),
  )
  const perSecond = count / ((performance.now() - started) / 1000)
  const cpuMs = ((cpuOf(server) - before) * 1000) / count
  for (const client of clients) client.close()
  return { perSecond, cpuMs }
}
