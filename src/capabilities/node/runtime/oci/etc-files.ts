import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../../../kube/generated/core-v1.ts'
import type { Mount } from '../../volumes/container-root.ts'

/** A pod's host name: its own, or its name, of which a label of DNS holds 63 characters. */
export const hostnameOf = ({ spec, metadata }: Pod): string =>
  (spec.hostname || metadata.name).slice(0, 63).replace(/[-.]+$/, '')

/** /etc/hosts in the kubelet's form. */
export function hostsFile(pod: Pod, podIP: string): string {
  const { hostname, subdomain } = pod.spec
  const name = hostnameOf(pod)
  const domain =
    hostname && subdomain ? `${name}.${subdomain}.${pod.metadata.namespace}.svc.cluster.local\t` : ''
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'fe00::\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${podIP}\t${domain}${name}`,
    ...aliasLines(pod),
    '',
  ].join('\n')
}

function aliasLines({ spec }: Pod): string[] {
  const aliases = (spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}`)
  return aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : []
}

/** /etc/hosts in the kubelet's form where the pod's network is that of the host, whose file is `ofHost`. */
export const hostNetworkHosts = (pod: Pod, ofHost: string): string =>
  ['# Kubernetes-managed hosts file (host network).', ofHost.trimEnd(), ...aliasLines(pod), ''].join('\n')

/** resolv.conf by a pod's dnsPolicy and dnsConfig over that of the host. There is no DNS server of the cluster: its policy adds search domains only. */
export function resolvFile(pod: Pod, ofHost: string): string {
  const { dnsPolicy = 'ClusterFirst', dnsConfig = {}, hostNetwork } = pod.spec
  const words = (key: string) =>
    ofHost
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(([first]) => first === key)
      .flatMap(([, ...rest]) => rest)
  const isNone = dnsPolicy === 'None'
  const isCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork)
  const { namespace } = pod.metadata
  const domains = isCluster ? [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'] : []
  const nameservers = unique([...(isNone ? [] : words('nameserver')), ...(dnsConfig.nameservers ?? [])])
  const searches = unique([...domains, ...(isNone ? [] : words('search')), ...(dnsConfig.searches ?? [])])
  const own = (dnsConfig.options ?? []).map(({ name = '', value }) => (value ? `${name}:${value}` : name))
  const options = unique([...(isCluster ? ['ndots:5'] : isNone ? [] : words('options')), ...own])
  return [
    ...nameservers.map(server => `nameserver ${server}`),
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n')
}

const unique = (words: readonly string[]): string[] => [...new Set(words)]

/** Writes the files that the node gives every container, and tells where they are mounted; volumes mounted there win. */
export async function etcMounts(
  pod: Pod,
  podIP: string,
  place: { directory: string; taken: ReadonlySet<string> },
): Promise<Mount[]> {
  const { directory, taken } = place
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const ofHost = await readFile('/etc/resolv.conf', 'utf8').catch(() => '')
  const files: [string, string][] = [
    ['hostname', `${hostnameOf(pod)}\n`],
    ['resolv.conf', resolvFile(pod, ofHost)],
  ]
  const hosts = await readFile('/etc/hosts', 'utf8').catch(() => '')
  files.push(['hosts', pod.spec.hostNetwork ? hostNetworkHosts(pod, hosts) : hostsFile(pod, podIP)])
  const mounts: Mount[] = []
  for (const [name, text] of files) {
    const mountPath = `/etc/${name}`
    if (taken.has(mountPath)) continue
    const target = join(directory, name)
    await writeFile(target, text, { mode: 0o644 })
    mounts.push({ volume: name, mountPath, target, readOnly: false })
  }
  return mounts
}
