import { expect, it } from 'vitest'
import { ParsedObjects } from './parsed-objects.ts'
import { StoredObject } from './stored-object.ts'

it('lets go of the oldest values first, and of no more than it must', () => {
  const released: string[] = []
  const objects = new ParsedObjects(10)
  const value = (name: string, size: number) => ({ size, release: () => released.push(name) })
  for (const name of ['a', 'b', 'c']) objects.keep(value(name, 3))
  expect(released).toEqual([])
  objects.keep(value('d', 3))
  expect(released).toEqual(['a'])
  objects.keep(value('e', 7))
  expect(released).toEqual(['a', 'b', 'c'])
  objects.keep(value('too large', 11))
  expect(released).toEqual(['a', 'b', 'c', 'd', 'e', 'too large'])
})

it('shows a released object as before, the same one to all while somebody keeps it', () => {
  const metadata = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '7', creationTimestamp: '' }
  const stored = StoredObject.of(7, { apiVersion: 'v1', kind: 'ConfigMap', metadata })
  const kept = stored.object
  stored.release()
  expect(stored.object).toBe(kept)
  const read = new StoredObject(7, 'n', 'a', stored.text)
  expect(read.object).toEqual(kept)
  expect(Object.isFrozen(read.object.metadata)).toBe(true)
})
