import type { Container, Pod, ResourceRequirements } from '../../../kube/generated/core-v1.ts'

/** The message of a kubelet's event about a resize: what it says, then the resources that are asked for as JSON in Go's form. */
export function resizeMessage(
  words: string,
  pod: Pod,
  { generation, error }: { generation: number; error?: string },
): string {
  const { initContainers, containers } = pod.spec
  const summary = {
    ...(initContainers?.length ? { initContainers: initContainers.map(summaryOf) } : {}),
    containers: containers.map(summaryOf),
    generation,
    ...(error ? { error } : {}),
  }
  return `${words}: ${JSON.stringify(summary)}`
}

const summaryOf = ({ name, resources }: Container) => ({ name, resources: inGoOrder(resources) })

function inGoOrder({ limits, requests }: ResourceRequirements = {}): object {
  const sorted = (amounts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    ...(limits ? { limits: sorted(limits) } : {}),
    ...(requests ? { requests: sorted(requests) } : {}),
  }
}
