import type { ApiServer } from '../apiserver/api-server.ts'
import type { Ports } from './ports.ts'

/** Lets the embedded API server serve what it can only with ports that capabilities have filled by now. */
export async function offerPorts(api: ApiServer, ports: Ports): Promise<void> {
  const sources = [ports.podMetrics, ports.simulatedMetrics].flatMap(source => source ?? [])
  if (sources.length === 0) return
  const first = <T>(read: (source: (typeof sources)[number]) => T | undefined): T | undefined => {
    for (const source of sources) {
      const found = read(source)
      if (found !== undefined) return found
    }
    return undefined
  }
  await api.serveUsage({
    ofPod: pod => first(source => source.ofPod(pod)),
    ofNode: node => first(source => source.ofNode(node)),
  })
}
