import { describe, expect, it } from 'vitest'
import { EtcdKeys } from './etcd-keys.ts'

const keys = new EtcdKeys('/registry', [
  '/events',
  '/nodes',
  '/pods',
  '/endpoints',
  '/services',
  'apiextensions.k8s.io/customresourcedefinitions',
  'apps/deployments',
  'events.k8s.io/events',
  'networking.k8s.io/ingresses',
])

describe('keys in etcd', () => {
  it.each([
    ['/pods', 'default', 'a', '/registry/pods/default/a'],
    ['/nodes', '', 'n', '/registry/minions/n'],
    ['/services', 'x', 'web', '/registry/services/specs/x/web'],
    ['/endpoints', 'x', 'web', '/registry/services/endpoints/x/web'],
    ['apps/deployments', 'x', 'web', '/registry/deployments/x/web'],
    ['networking.k8s.io/ingresses', 'x', 'i', '/registry/ingress/x/i'],
    ['/events', 'x', 'e', '/registry/events/x/e'],
    ['example.com/widgets', 'x', 'w', '/registry/example.com/widgets/x/w'],
    ['example.com/widgets', '', 'w', '/registry/example.com/widgets/w'],
    [
      'apiextensions.k8s.io/customresourcedefinitions',
      '',
      'widgets.example.com',
      '/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com',
    ],
  ])('%s %s %s is at %4$s, and is found there', (resource, namespace, name, key) => {
    const place = { resource, namespace, name }
    expect(keys.keyOf(place).toString()).toBe(key)
    expect(keys.placeOf(Buffer.from(key))).toEqual(place)
  })

  it.each([
    '/registry/drave/barrier',
    '/registry/ranges/serviceips',
    '/other/pods/x/a',
    '/registry/pods/a/b/c',
  ])('%s is no object', key => expect(keys.placeOf(Buffer.from(key))).toBeUndefined())
})
