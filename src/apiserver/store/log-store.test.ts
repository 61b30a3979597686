import { beforeEach, describe, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kube/object.ts'
import { LogStore } from './log-store.ts'
import type { Storage, StorageRecord } from './storage.ts'
import { ChangedMeanwhile, type Store } from './store.ts'
import type { StoredObject } from './stored-object.ts'

const silent = { info() {}, warn() {}, error() {} }
const resource = '/configmaps'
const namespace = 'default'
const all = { namespace: undefined, matches: undefined }

/** A disk whose writes wait until they are let through or fail. */
class HeldStorage implements Storage {
  readonly wantsSnapshot = false
  readonly batches: { records: readonly StorageRecord[]; done: (error?: Error) => void }[] = []
  async load() {
    return { snapshotRevision: 0, revision: 0 }
  }
  append(records: readonly StorageRecord[]): Promise<{ bytes: number }> {
    return new Promise((resolve, reject) => {
      this.batches.push({ records, done: error => (error ? reject(error) : resolve({ bytes: 0 })) })
    })
  }
  async snapshot() {}
  async [Symbol.asyncDispose]() {}
}

const objectOf = (name: string, labels?: Record<string, string>): KubeObject =>
  // The store adds the resourceVersion; nothing here reads the rest.
  ({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace, labels } }) as KubeObject

const put = (store: Store, name: string, labels?: Record<string, string>) =>
  store.commit({
    resource,
    namespace,
    name,
    expected: store.head(resource, namespace, name),
    object: objectOf(name, labels),
  })
const remove = (store: Store, name: string) =>
  store.commit({
    resource,
    namespace,
    name,
    expected: store.head(resource, namespace, name),
    object: undefined,
  })

describe('writes', () => {
  let disk: HeldStorage
  let store: Store
  beforeEach(async () => {
    disk = new HeldStorage()
    store = new LogStore({ storage: disk, clock: new RealClock(), log: silent, hooks: {} })
    await store.load()
  })
  const batch = (index: number) =>
    expect
      .poll(() => disk.batches[index])
      .toBeDefined()
      .then(() => disk.batches[index])

  it('of one tick go to disk together, and are seen only when they are there', async () => {
    const writes = [put(store, 'a'), put(store, 'b'), put(store, 'a')]
    const first = await batch(0)
    expect(first?.records.map(({ name, revision }) => [name, revision])).toEqual([
      ['a', 2],
      ['b', 3],
      ['a', 4],
    ])
    expect(store.get(resource, namespace, 'a')).toBeUndefined()
    expect(store.revision).toBe(1)
    first?.done()
    const stored = await Promise.all(writes)
    expect(stored.map(one => one.object.metadata.resourceVersion)).toEqual(['2', '3', '4'])
    expect(store.get(resource, namespace, 'a')?.revision).toBe(4)
  })

  it('of what no record holds are refused alone, and leave no revision out', async () => {
    const before = store.revision
    const refused = (name: string, labels?: Record<string, string>) =>
      Promise.resolve().then(() => put(store, name, labels))
    await expect(refused('x'.repeat(70_000))).rejects.toMatchObject({ code: 413 })
    const other = put(store, 'other')
    await expect(refused('large', { a: 'x'.repeat(9 * 1024 * 1024) })).rejects.toMatchObject({ code: 413 })
    const deep: Record<string, unknown> = {}
    let at = deep
    for (let level = 0; level < 100_000; level++) {
      const below = {}
      at['x'] = below
      at = below
    }
    await expect(refused('deep', deep as Record<string, string>)).rejects.toBeInstanceOf(RangeError)
    const last = put(store, 'last')
    const only = await batch(0)
    only?.done()
    const more = disk.batches[1] ?? (only?.records.length === 1 ? await batch(1) : undefined)
    more?.done()
    expect(disk.batches.flatMap(({ records }) => records).map(({ revision }) => revision)).toEqual([
      before + 1,
      before + 2,
    ])
    await Promise.all([other, last])
  })

  it('fail together with all that build on them, and leave nothing behind', async () => {
    const events: string[] = []
    store.onChange((_, { stored }) => events.push(stored.name))
    const lost = put(store, 'a')
    const first = await batch(0)
    const behind = put(store, 'a')
    first?.done(Object.assign(new Error('write'), { code: 'ENOSPC' }))
    await expect(lost).rejects.toMatchObject({
      code: 507,
      message: 'the change could not be stored and was not made: there is no space left on the disk (ENOSPC)',
    })
    await expect(behind).rejects.toMatchObject({ code: 507 })
    expect(store.head(resource, namespace, 'a')).toBeUndefined()
    expect(events).toEqual([])
    const again = put(store, 'a')
    ;(await batch(1))?.done()
    expect((await again).revision).toBe(2)
  })

  it('are refused when the object is not what their author saw', async () => {
    const write = put(store, 'a')
    expect(() =>
      store.commit({ resource, namespace, name: 'a', expected: undefined, object: objectOf('a') }),
    ).toThrow(ChangedMeanwhile)
    ;(await batch(0))?.done()
    await write
  })
})

describe('reads and watches', () => {
  let store: Store
  beforeEach(() => {
    store = new LogStore({ storage: undefined, clock: new RealClock(), log: silent, hooks: {} })
  })
  const names = (revision: number) =>
    [...store.cache(resource).selectAt(revision, all)].map(one => `${one.name}@${one.revision}`)

  it('show an earlier state from any key on, whatever came and went since', async () => {
    for (const name of ['b', 'd', 'f', 'h']) await put(store, name)
    const { revision } = store
    for (const name of ['a', 'c', 'd', 'g', 'i']) await put(store, name)
    for (const name of ['b', 'c', 'h']) await remove(store, name)
    expect(names(revision)).toEqual(['b@2', 'd@3', 'f@4', 'h@5'])
    const from = (selection: typeof all | { namespace: string; matches: undefined }, key: string) =>
      [...store.cache(resource).selectAt(revision, selection, key)].map(one => one.name)
    expect(from(all, `${namespace}/d\0`)).toEqual(['f', 'h'])
    expect(from({ namespace, matches: undefined }, `${namespace}/e`)).toEqual(['f', 'h'])
    expect(from({ namespace: 'other', matches: undefined }, 'other/')).toEqual([])
  })

  it('show the state at an earlier revision', async () => {
    await put(store, 'a')
    await put(store, 'b')
    await put(store, 'a')
    await remove(store, 'b')
    await put(store, 'c')
    expect(names(2)).toEqual(['a@2'])
    expect(names(3)).toEqual(['a@2', 'b@3'])
    expect(names(4)).toEqual(['a@4', 'b@3'])
    expect(names(5)).toEqual(['a@4'])
    expect(names(6)).toEqual(['a@4', 'c@6'])
  })

  it('turn changes of a selector into additions and deletions', async () => {
    const matches = ({ labels }: StoredObject) => labels.app === 'web'
    const watcher = store.watch(resource, { namespace: undefined, matches }, store.revision)
    await put(store, 'a')
    await put(store, 'a', { app: 'web' })
    await put(store, 'a', { app: 'web', x: 'y' })
    await put(store, 'a', { app: 'db' })
    await remove(store, 'a')
    const seen = (await watcher.take())?.map(event =>
      event.type === 'BOOKMARK'
        ? ''
        : [
            event.type,
            event.stored.object.metadata.resourceVersion,
            event.stored.object.metadata.labels?.app,
          ],
    )
    expect(seen).toEqual([
      ['ADDED', '3', 'web'],
      ['MODIFIED', '4', 'web'],
      // The last state that matched, at the revision at which it ceased to.
      ['DELETED', '5', 'web'],
    ])
  })

  it('begin at an earlier revision, and forget the oldest history', async () => {
    for (let index = 0; index < 5000; index++) await put(store, `n${index % 7}`)
    const { floor } = store.cache(resource)
    expect(floor).toBe(store.revision - 4096)
    const watcher = store.watch(resource, all, store.revision - 2)
    expect(await watcher.take()).toHaveLength(2)
  })

  it('end a watch that is read too slowly', async () => {
    const limits: string[] = []
    store = new LogStore({
      storage: undefined,
      clock: new RealClock(),
      log: silent,
      hooks: { limitHit: name => limits.push(name) },
    })
    const watcher = store.watch(resource, all, store.revision)
    for (let index = 0; index <= 10_000; index++) await put(store, 'a')
    await expect(watcher.take()).rejects.toMatchObject({ code: 410 })
    expect(limits).toEqual(['watch_buffer'])
  })
})
