import type { Kernel, Service } from '../../../kernel/capability.ts'
import { Namespace } from '../../../kube/generated/core-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { AppProject } from '../kinds/generated/app-project.ts'
import { ARGOCD_NAMESPACE } from './tracking.ts'

const unlessThere = async (made: Promise<unknown>): Promise<void> => {
  try {
    await made
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

/** Makes Argo CD's namespace and its project `default`, which allows everything, unless they are there. */
export const defaultProject = ({ client }: Kernel): Service => ({
  name: 'gitops-default-project',
  async start() {
    await unlessThere(client.create(Namespace, { metadata: { name: ARGOCD_NAMESPACE }, spec: {} }))
    await unlessThere(
      client.create(AppProject, {
        metadata: { name: 'default', namespace: ARGOCD_NAMESPACE },
        spec: {
          sourceRepos: ['*'],
          destinations: [{ server: '*', namespace: '*' }],
          clusterResourceWhitelist: [{ group: '*', kind: '*' }],
        },
      }),
    )
    return { async [Symbol.asyncDispose]() {} }
  },
})
