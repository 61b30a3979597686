import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pack } from 'tar-stream'
import { RealClock } from '../../../../kernel/clock.ts'
import { Secret } from '../../../../kube/generated/core-v1.ts'
import { architecture } from '../../registration/host-facts.ts'
import { script, statusOf, TestNode } from '../../testing.ts'
import { collectImages, removalOrder } from '../image-garbage.ts'
import { pullDecision } from '../image-for.ts'
import { importImages } from '../import-image.ts'
import { CONFIG_TYPE, ImageLayout, LAYER_TYPE } from '../layout.ts'
import { INDEX_TYPE, MANIFEST_TYPE } from '../media-types.ts'
import { parseReference } from '../reference.ts'
import { parseChallenge } from './challenge.ts'
import { credentialsFor, dockerConfig, pullSecrets } from './credentials.ts'
import { pullImage } from './pull-image.ts'
import { registryPlace } from './registry-place.ts'
import { TestRegistry } from './testing.ts'

const DOCKER = 'application/vnd.docker'
const KEYRING = (host: string) => new Map([[host, { username: 'ada', password: 'secret' }]])

let directory: string
let registry: TestRegistry
let layout: ImageLayout
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'drave-pull-'))
  layout = new ImageLayout(join(directory, 'images'))
  registry = await new TestRegistry().start()
})
afterEach(async () => {
  await registry[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

async function layerOf(name: string, content: string): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name }, content)
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return gzipSync(Buffer.concat(chunks))
}

/** Puts an image into the registry: a server file and a configuration. */
async function publish(path: string, tag: string, isDocker = false, content = 'console.log("pulled")') {
  const layer = registry.blob(
    await layerOf('main.js', content),
    isDocker ? `${DOCKER}.image.rootfs.diff.tar.gzip` : LAYER_TYPE,
  )
  const image = {
    architecture: architecture(),
    os: 'linux',
    config: { Entrypoint: ['node', 'main.js'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [] },
  }
  const config = registry.blob(Buffer.from(JSON.stringify(image)), CONFIG_TYPE)
  const mediaType = isDocker ? `${DOCKER}.distribution.manifest.v2+json` : MANIFEST_TYPE
  return {
    layer,
    manifest: registry.manifest(path, tag, { mediaType, schemaVersion: 2, config, layers: [layer] } as never),
  }
}

const pull = (name: string, more: object = {}) =>
  pullImage({
    reference: `${registry.host}/${name}`,
    layout,
    keyring: new Map(),
    clock: new RealClock(),
    defaultRegistry: '',
    mirrors: {},
    ...more,
  })

describe('pulling an image', () => {
  it.each([false, true])('gets its manifest and blobs (of Docker: %s)', async isDocker => {
    const { manifest, layer } = await publish('team/web', '1', isDocker)
    const pulled = await pull('team/web:1')
    expect(pulled.digest).toBe(manifest.digest)
    expect(existsSync(layout.blobPath(layer.digest))).toBe(true)
    expect(layout.find(`${registry.host}/team/web:1`)?.digest).toBe(manifest.digest)
    const asked = registry.requests.length
    await pull('team/web:1')
    expect(registry.requests.slice(asked)).toEqual(['GET /v2/team/web/manifests/1'])
  })

  it('chooses the variant of this machine, by tag and by digest', async () => {
    const { manifest } = await publish('web', 'mine')
    const manifests = [
      { ...manifest, digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'linux', architecture: 'vax' } },
      { ...manifest, platform: { os: 'linux', architecture: architecture() } },
    ]
    const index = registry.manifest('web', '1', {
      mediaType: INDEX_TYPE,
      schemaVersion: 2,
      manifests,
    } as never)
    expect((await pull('web:1')).digest).toBe(index.digest)
    await pull(`web@${index.digest}`)
    expect(layout.find(`${registry.host}/web@${index.digest}`)?.digest).toBe(index.digest)
  })

  it.each(['basic', 'token'] as const)('proves who asks (%s)', async auth => {
    await publish('web', '1')
    registry.auth = auth
    await expect(pull('web:1')).rejects.toThrow(/401/)
    await pull('web:1', { keyring: KEYRING(registry.host) })
  })

  it('gets what several images share once, however many want it at the same time', async () => {
    const paths = ['one', 'two', 'three']
    for (const path of paths) await publish(path, '1', false, 'x'.repeat(200_000))
    await Promise.all(paths.map(path => pull(`${path}:1`)))
    const asked = registry.requests
      .filter(request => request.includes('/blobs/'))
      .map(request => request.split('/').at(-1))
    expect(asked.sort()).toEqual([...new Set(asked)].sort())
  })

  it('goes on where a transfer broke off', async () => {
    const { layer } = await publish('web', '1', false, `//${'x'.repeat(100_000)}${Math.random()}`)
    registry.breakAfter = 50
    await pull('web:1')
    const bytes = readFileSync(layout.blobPath(layer.digest))
    expect(bytes.length).toBe(layer.size)
    expect(registry.requests.filter(text => text.includes('/blobs/')).length).toBeGreaterThan(2)
  })

  it('keeps nothing that is not what its digest says', async () => {
    const { layer } = await publish('web', '1')
    registry.spoil(layer.digest)
    await expect(pull('web:1')).rejects.toThrow(/has the digest/)
    expect(existsSync(layout.blobPath(layer.digest))).toBe(false)
    expect(layout.images()).toEqual([])
  })

  it('says what the registry says', async () => {
    await expect(pull('none:1')).rejects.toThrow('404 Not Found: MANIFEST_UNKNOWN: not here')
  })

  it('asks a mirror first, and not with the credentials', async () => {
    const { manifest } = await publish('web', '1')
    const mirrors = { 'registry.invalid': [`http://${registry.host}`] }
    const keyring = KEYRING('registry.invalid')
    expect((await pull('', { reference: 'registry.invalid/web:1', mirrors, keyring })).digest).toBe(
      manifest.digest,
    )
  })

  it('is taken over by another layout', async () => {
    await publish('web', '1')
    await pull('web:1')
    const other = new ImageLayout(join(directory, 'other'))
    expect(await importImages(layout.path, other, 'copy:2')).toEqual(['copy:2'])
    expect(other.find('copy:2')).toBeDefined()
    await expect(importImages(directory, other)).rejects.toThrow('not an OCI image layout')
  })
})

describe('a pod', () => {
  it('gets its image with its pull secret, and says so', async () => {
    await publish('web', '1')
    registry.auth = 'token'
    await using host = await TestNode.start()
    const image = `${registry.host}/web:1`
    await host.create('denied', { containers: [{ name: 'a', image }] })
    const denied = await host.pod(
      'denied',
      'refused',
      pod => statusOf(pod, 'a').state?.waiting?.reason === 'ErrImagePull',
    )
    expect(statusOf(denied, 'a').state?.waiting?.message).toContain('who are you')
    const config = { auths: { [registry.host]: { auth: Buffer.from('ada:secret').toString('base64') } } }
    await host.kernel.client.create(Secret, {
      metadata: { name: 'pull', namespace: 'default' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(JSON.stringify(config)).toString('base64') },
    })
    await host.create('allowed', {
      restartPolicy: 'Never',
      imagePullSecrets: [{ name: 'pull' }],
      containers: [{ name: 'a', image, command: script('require("./main.js")') }],
    })
    const done = await host.pod('allowed', 'finished', pod => /ed$/.test(pod.status?.phase ?? ''))
    expect(done.status?.phase).toBe('Succeeded')
    expect((await host.event('allowed', 'Pulled')).message).toMatch(
      /^Successfully pulled image .* Image size: /,
    )
  })
})

describe('what to do about an image', () => {
  const present = { present: true, pulled: true, named: true, mayRunOnHost: false }
  const absent = { ...present, present: false, pulled: false }
  it.each([
    ['use', { ...present, policy: 'IfNotPresent' }],
    ['pull', { ...present, policy: 'Always' }],
    ['use', { ...present, policy: 'Always', pulled: false }],
    ['never', { ...absent, policy: 'Never' }],
    ['pull', { ...absent, policy: 'Always', mayRunOnHost: true }],
    ['host', { ...absent, policy: 'Always', mayRunOnHost: true, named: false }],
    ['pull', { ...absent, policy: 'IfNotPresent', named: false }],
  ])('is to %s it: %j', (decision, situation) => expect(pullDecision(situation)).toBe(decision))
})

describe('names and secrets', () => {
  it.each([
    ['nginx', 'docker.io', 'library/nginx', 'https://registry-1.docker.io'],
    ['team/web:1', 'docker.io', 'team/web', 'https://registry-1.docker.io'],
    ['ghcr.io/a/b', 'ghcr.io', 'a/b', 'https://ghcr.io'],
    ['localhost:5000/a', 'localhost:5000', 'a', 'http://localhost:5000'],
  ])('%s is of %s', (text, host, path, endpoint) => {
    expect(registryPlace(parseReference(text), 'docker.io', {})).toEqual({
      host,
      path,
      endpoints: [endpoint],
    })
  })

  it('choose the credentials of the nearest place', () => {
    const auth = (user: string) => ({ auth: Buffer.from(`${user}:p:q`).toString('base64') })
    const keyring = dockerConfig(
      JSON.stringify({
        auths: {
          'https://index.docker.io/v1/': auth('hub'),
          'r.io/team': auth('team'),
          'r.io': auth('all'),
          '*.example.com': auth('star'),
        },
      }),
    )
    const user = (host: string, path: string) => credentialsFor(keyring, host, path)?.username
    expect(user('docker.io', 'library/x')).toBe('hub')
    expect([user('r.io', 'team/x'), user('r.io', 'teams/x')]).toEqual(['team', 'all'])
    expect([user('a.example.com', 'x'), user('a.b.example.com', 'x')]).toEqual(['star', undefined])
    expect(credentialsFor(keyring, 'r.io', 'x')?.password).toBe('p:q')
    expect(pullSecrets([{ data: { '.dockercfg': 'bm90IEpTT04=' } } as unknown as Secret]).size).toBe(0)
  })

  it('read what is asked for', () => {
    expect(parseChallenge('Bearer realm="https://a/t",service="s",scope="repository:x:pull"')).toEqual({
      scheme: 'bearer',
      realm: 'https://a/t',
      service: 's',
      scope: 'repository:x:pull',
    })
    expect(parseChallenge('Negotiate')).toBeUndefined()
  })
})

describe('garbage', () => {
  it('is what came from registries and is not used, the longest unused first', async () => {
    const image = (name: string, lastUsed: number, isPulled = true) => ({
      name,
      digest: name,
      isPulled,
      lastUsed,
    })
    const images = [image('new', 9), image('old', 1), image('used', 0), image('built', 0, false)]
    expect(removalOrder(images, new Set(['used']))).toEqual(['old', 'new'])

    await publish('web', '1')
    await pull('web:1')
    const none = { inUse: new Set<string>(), lastUsed: () => 0 }
    expect(collectImages(layout, { highBytes: 1e9, lowBytes: 0 }, none)).toEqual([])
    expect(collectImages(layout, { highBytes: 1, lowBytes: 0 }, none)).toEqual([`${registry.host}/web:1`])
    expect(layout.images()).toEqual([])
  })
})
