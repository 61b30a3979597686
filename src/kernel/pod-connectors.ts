import type {
  CommandConnector,
  CommandOptions,
  Connectors,
  PortConnector,
  TextConnector,
} from '../apiserver/http/connector.ts'
import type { Pod } from '../kube/generated/core-v1.ts'
import type { KubeObject } from '../kube/object.ts'
import { apiError } from '../kube/status.ts'
import type { PodLogOptions, PodStreams, Ports } from './ports.ts'

/** How the API server reaches what runs on the node: each call asks for the port anew, because a node may come later. */
export const podConnectors = (ports: Ports): Connectors => ({
  text: { 'pods/log': podLog(ports) },
  commands: {
    'pods/exec': podCommand(ports, 'exec'),
    'pods/attach': podCommand(ports, 'attach'),
  },
  ports: {
    'pods/portforward': podPorts(ports),
    'pods/proxy': podPorts(ports),
    'services/proxy': podPorts(ports),
  },
  nodes: {
    answer(request) {
      if (!ports.nodeApi) throw apiError('ServiceUnavailable', 'no node in this process answers')
      return ports.nodeApi.answer(request)
    },
  },
})

// The API server calls these connectors with the Pod that the URL names.
const asPod = (object: KubeObject) => object as unknown as Pod

function requireHost(object: KubeObject): void {
  if (!asPod(object).spec.nodeName)
    throw apiError('BadRequest', `pod ${object.metadata.name} does not have a host assigned`)
}

function streamsOf({ podStreams }: Ports): PodStreams {
  if (!podStreams) throw apiError('ServiceUnavailable', 'no node in this process runs pods')
  return podStreams
}

const podCommand = (ports: Ports, verb: 'exec' | 'attach'): CommandConnector => ({
  command(object: KubeObject, options: CommandOptions) {
    requireHost(object)
    return streamsOf(ports)[verb](asPod(object), options)
  },
})

const podPorts = (ports: Ports): PortConnector => ({
  requirePorts(object) {
    requireHost(object)
    streamsOf(ports).requirePorts(asPod(object))
  },
  connect: (object, port, signal) => streamsOf(ports).connect(asPod(object), port, signal),
})

/** `GET pods/NAME/log`, answered by whoever provides the node's logs. */
const podLog = (ports: Ports): TextConnector => ({
  read(object, query, signal) {
    if (!asPod(object).spec.nodeName) return nothing()
    if (!ports.podLogs) throw apiError('ServiceUnavailable', 'no node in this process keeps logs of pods')
    return ports.podLogs.read(asPod(object), podLogOptions(query), signal)
  },
})

/** A pod that has no node has written nothing yet. */
async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The options of a log as its query says them. Throws ApiError BadRequest. */
export function podLogOptions(query: URLSearchParams): PodLogOptions {
  const number = (name: string) => {
    const text = query.get(name)
    if (text === null) return undefined
    if (!/^\d+$/.test(text))
      throw apiError('BadRequest', `${name}: Invalid value: "${text}": must be a whole number`)
    return Number(text)
  }
  const truth = (name: string) => query.get(name) === 'true' || query.get(name) === '1'
  return {
    container: query.get('container') ?? undefined,
    follow: truth('follow'),
    previous: truth('previous'),
    timestamps: truth('timestamps'),
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
    sinceSeconds: number('sinceSeconds'),
    sinceTime: query.get('sinceTime') ?? undefined,
  }
}
