import type { PodStreams } from '../../../kernel/ports.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { apiError } from '../../../kube/status.ts'
import type { RunningContainer } from '../container/pod-surroundings.ts'
import type { NodeAgent } from '../node-agent.ts'
import { chooseContainer } from '../pod/choose-container.ts'
import { runnableContainers } from '../pod/container-view.ts'
import { attachTo } from './attach.ts'
import { connectTo } from './connect.ts'
import { execIn } from './exec.ts'

/** Serves exec, attach and portforward for the pods of this node; refusals are worded as the API server's and kubelet's. */
export const podStreams = (agent: NodeAgent): PodStreams => ({
  exec(pod, options) {
    if (options.command.length === 0)
      throw apiError('BadRequest', 'you must specify at least one command for the container')
    return execIn(runningIn(agent, pod, options.container), options)
  },
  attach(pod, options) {
    const name = chooseContainer(pod, options.container)
    const spec = runnableContainers(pod).find(container => container.name === name)
    return attachTo(runningIn(agent, pod, name), {
      stdin: options.stdin,
      stdinOnce: spec?.stdinOnce ?? false,
    })
  },
  requirePorts: pod => void placeOf(agent, pod),
  connect: (pod, port, signal) => connectTo({ host: placeOf(agent, pod).address, port }, signal),
})

function placeOf(agent: NodeAgent, pod: Pod) {
  const { name } = pod.metadata
  if (!pod.spec.nodeName) throw apiError('BadRequest', `pod ${name} does not have a host assigned`)
  const runtime = agent.find(pod)
  if (!runtime) throw apiError('NotFound', `pod ${name} does not run on this node`)
  return runtime
}

function runningIn(agent: NodeAgent, pod: Pod, container: string | undefined): RunningContainer {
  const name = chooseContainer(pod, container)
  const running = placeOf(agent, pod).running(name)
  if (!running)
    throw apiError('InternalError', `unable to upgrade connection: container not found ("${name}")`)
  return running
}
