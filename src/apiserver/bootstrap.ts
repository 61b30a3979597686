import type { Core } from './pipeline/core.ts'
import { dispatch } from './pipeline/dispatch.ts'

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'drave-system']

/** Creates what every cluster has, where it is missing. */
export async function bootstrap(core: Core): Promise<void> {
  const missing = NAMESPACES.filter(name => !core.store.get('/namespaces', '', name))
  await Promise.all(
    missing.map(name =>
      dispatch(core, {
        user: { username: 'system:apiserver', groups: ['system:masters'] },
        verb: 'create',
        group: '',
        version: 'v1',
        plural: 'namespaces',
        name,
        options: { fieldManager: 'kube-apiserver' },
        body: { metadata: { name } },
      }),
    ),
  )
}
