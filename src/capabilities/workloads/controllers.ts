import type { Kernel } from '../../kernel/capability.ts'
import type { Controller } from '../../kernel/controller.ts'
import { autoscalerController } from './autoscaler/autoscaler.ts'
import { signingRequestApprover } from './certificates/approver.ts'
import { signingRequestCleaner } from './certificates/cleaner.ts'
import { signingRequestSigner } from './certificates/signer.ts'
import { cronJobController } from './cronjob/cron-job.ts'
import { daemonSetController } from './daemonset/daemon-set.ts'
import { deploymentController } from './deployment/deployment.ts'
import { disruptionController } from './disruption/disruption.ts'
import { endpointSliceController } from './endpoints/endpoint-slices.ts'
import { endpointsController } from './endpoints/endpoints.ts'
import { endpointMirroringController } from './endpoints/mirroring.ts'
import { namespaceController } from './namespace/namespace.ts'
import { nodeControllers } from './nodes/nodes.ts'
import { jobController } from './job/job.ts'
import { orphanPodController } from './job/orphan-pods.ts'
import { resourceQuotaController } from './quota/resource-quota.ts'
import { replicaSetController, replicationController } from './replicaset/replica-set.ts'
import { storageControllers } from './storage/storage.ts'
import { statefulSetController } from './statefulset/stateful-set.ts'
import { ttlAfterFinishedController } from './ttl/ttl-after-finished.ts'

/** What kube-controller-manager runs elsewhere. */
export const controllers = (kernel: Kernel): Controller[] => [
  deploymentController(kernel),
  replicaSetController(kernel),
  replicationController(kernel),
  statefulSetController(kernel),
  daemonSetController(kernel),
  jobController(kernel),
  orphanPodController(kernel),
  ttlAfterFinishedController(kernel),
  cronJobController(kernel),
  disruptionController(kernel),
  endpointSliceController(kernel),
  endpointsController(kernel),
  endpointMirroringController(kernel),
  resourceQuotaController(kernel),
  namespaceController(kernel),
  autoscalerController(kernel),
  signingRequestApprover(kernel),
  signingRequestSigner(kernel),
  signingRequestCleaner(kernel),
  ...storageControllers(kernel),
  ...nodeControllers(kernel),
]
