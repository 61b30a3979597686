import type { Pod } from '../../../kube/generated/core-v1.ts'
import { apiError } from '../../../kube/status.ts'
import { runnableContainers } from './container-view.ts'

/** The container that a request for a pod's logs or streams means, worded as the API server does. Throws ApiError BadRequest. */
export function chooseContainer(pod: Pod, wanted: string | undefined): string {
  const names = runnableContainers(pod).map(({ name }) => name)
  const { name } = pod.metadata
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted
    throw apiError('BadRequest', `container ${wanted} is not valid for pod ${name}`)
  }
  const mains = pod.spec.containers.map(container => container.name)
  const [only, ...others] = mains
  if (only !== undefined && others.length === 0) return only
  throw apiError(
    'BadRequest',
    `a container name must be specified for pod ${name}, choose one of: [${mains.join(' ')}]`,
  )
}
