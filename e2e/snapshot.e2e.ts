import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Drave } from './drave.ts'

it('a snapshot of a running stack is another stack, object by object', async () => {
  await using first = new Drave()
  await first.up('--only', 'apiserver')
  await first.kubectl('create', 'configmap', 'before', '--from-literal=k=v')
  const file = join(first.folder, 'a.snapshot')
  const saved = JSON.parse(await first.run('snapshot', 'save', file, '-o', 'json')) as {
    revision: number
    objects: number
  }
  expect(saved.objects).toBeGreaterThan(5)
  await first.kubectl('create', 'configmap', 'after', '--from-literal=k=v')
  const original = await first.kubectl('get', 'configmap', 'before', '-o', 'json')
  expect((await first.fail('snapshot', 'load', file, '--force')).stderr).toContain('is in use by process')

  await using second = new Drave()
  await second.run('snapshot', 'load', file)
  expect((await second.fail('snapshot', 'load', file)).stderr).toContain('holds objects already')
  await second.run('snapshot', 'load', file, '--force')
  await second.up('--only', 'apiserver')
  expect(await second.kubectl('get', 'configmap', 'before', '-o', 'json')).toBe(original)
  expect(await second.kubectl('get', 'configmap', '-o', 'name')).not.toContain('after')

  // One changed byte anywhere is found before anything is replaced.
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  writeFileSync(file, bytes)
  await using third = new Drave()
  expect((await third.fail('snapshot', 'load', file)).stderr).toContain('damaged')
})
