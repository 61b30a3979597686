import { describe, expect, it } from 'vitest'
import { etcdOptions } from './etcd-options.ts'

const read = (flags: Record<string, string>) =>
  etcdOptions({ flag: name => flags[name], isSet: name => name in flags })

describe('flags for etcd', () => {
  it('name servers and a prefix', () => {
    expect(read({})).toBeUndefined()
    expect(read({ 'etcd-servers': 'http://a:2379, https://b:2379' })).toMatchObject({
      servers: ['http://a:2379', 'https://b:2379'],
      prefix: '/registry',
    })
    expect(read({ 'etcd-servers': 'http://a:2379', 'etcd-prefix': '/x/y' })?.prefix).toBe('/x/y')
  })

  it.each([
    [{ 'etcd-servers': 'a:2379' }, 'is not a URL'],
    [{ 'etcd-prefix': '/x' }, 'without --etcd-servers'],
    [{ 'etcd-servers': 'http://a', 'etcd-prefix': '/' }, 'is not a path'],
    [{ 'etcd-servers': 'http://a', 'etcd-certfile': import.meta.filename }, 'belong together'],
    [{ 'etcd-servers': 'http://a', 'etcd-cafile': '/no/such' }, '/no/such cannot be read'],
  ])('%j is refused', (flags, why) => expect(() => read(flags as Record<string, string>)).toThrow(why))
})
