import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { keyOf, parseKey } from '../../../kube/object.ts'
import { gitopsOf } from '../gitops.ts'
import { Application } from '../kinds/generated/application.ts'
import { AppProject } from '../kinds/generated/app-project.ts'
import { ApplicationReconciler } from './application-reconciler.ts'
import { LiveState } from './live-state.ts'

/** Wakes for Applications: their own changes, their projects', pushes to their repositories, and changes of their objects. */
export const applicationController = (kernel: Kernel): Controller => {
  const { sources, renderCache, comparison } = gitopsOf(kernel)
  const { client, informers, clock, events } = kernel
  const applications = informers.for(Application)
  let wakeApplication: (key: string) => void = () => {}
  const live = new LiveState(informers, key => wakeApplication(key))
  const syncs = kernel.metrics.counter({
    name: 'drave_gitops_syncs_total',
    help: 'Finished sync operations of Applications by phase.',
    labelNames: ['phase'],
  })
  const reconciler = new ApplicationReconciler({
    client,
    informers,
    clock,
    events,
    sources,
    renderCache,
    live,
    comparison,
    countSync: phase => syncs.inc({ phase }),
  })
  return {
    name: 'gitops-application',
    watches: [
      objectsOf(Application),
      mappedFrom(AppProject, project =>
        applications
          .list()
          .filter(app => (app.spec.project || 'default') === project.metadata.name)
          .map(keyOf),
      ),
    ],
    wakes(wake) {
      wakeApplication = wake
      const pushes = sources.onChange(subscriber => {
        if (!subscriber.startsWith('pull-request:')) wake(subscriber)
      })
      return {
        [Symbol.dispose]() {
          pushes[Symbol.dispose]()
          live[Symbol.dispose]()
        },
      }
    },
    async reconcile(key) {
      const { namespace = '', name } = parseKey(key)
      return await reconciler.reconcile({ namespace, name })
    },
  }
}
