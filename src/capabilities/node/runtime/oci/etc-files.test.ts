import { describe, expect, it } from 'vitest'
import type { Pod, PodSpec } from '../../../../kube/generated/core-v1.ts'
import { hostNetworkHosts, hostnameOf, hostsFile, resolvFile } from './etc-files.ts'

const pod = (spec: Partial<PodSpec>, name = 'web') =>
  ({ metadata: { name, namespace: 'shop' }, spec: { containers: [], ...spec } }) as unknown as Pod
const HOST = 'nameserver 10.0.0.2\nsearch example.org\noptions rotate\n'

describe('files of /etc', () => {
  it('name the pod, and its aliases', () => {
    const hostAliases = [{ ip: '10.1.1.1', hostnames: ['db', 'db.local'] }]
    const text = hostsFile(pod({ hostname: 'a', subdomain: 'b', hostAliases }), '10.2.2.2')
    expect(text).toContain('10.2.2.2\ta.b.shop.svc.cluster.local\ta\n')
    expect(text).toContain('# Entries added by HostAliases.\n10.1.1.1\tdb\tdb.local\n')
    expect(hostnameOf(pod({}, `${'x'.repeat(62)}-y`))).toBe('x'.repeat(62))
  })

  it('are those of the host, with the aliases, in its network', () => {
    const hostAliases = [{ ip: '10.1.1.1', hostnames: ['db'] }]
    expect(hostNetworkHosts(pod({ hostAliases }), '127.0.0.1 localhost\n')).toBe(
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n\n# Entries added by HostAliases.\n10.1.1.1\tdb\n',
    )
  })

  it.each<[string, Partial<PodSpec>, string]>([
    [
      'the cluster first',
      {},
      'nameserver 10.0.0.2\nsearch shop.svc.cluster.local svc.cluster.local cluster.local example.org\noptions ndots:5\n',
    ],
    ['the host', { dnsPolicy: 'Default' }, HOST],
    [
      'what is given only',
      {
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['1.1.1.1'], options: [{ name: 'ndots', value: '2' }] },
      },
      'nameserver 1.1.1.1\noptions ndots:2\n',
    ],
  ])('ask %s', (_, spec, text) => expect(resolvFile(pod(spec), HOST)).toBe(text))
})
