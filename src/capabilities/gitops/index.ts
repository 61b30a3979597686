import { publishing, READ, resolving } from '../../kernel/access.ts'
import { HorizontalPodAutoscaler } from '../../kube/generated/autoscaling-v2.ts'
import { Namespace } from '../../kube/generated/core-v1.ts'
import type { Capability } from '../../kernel/capability.ts'
import { applicationController } from './application/application-controller.ts'
import { ARGOCD_NAMESPACE } from './application/tracking.ts'
import { defaultProject } from './application/default-project.ts'
import { commands } from './commands/commands.ts'
import { Application } from './kinds/generated/application.ts'
import { AppProject } from './kinds/generated/app-project.ts'
import { PullRequest } from './kinds/pull-request.ts'
import { Repository } from './kinds/repository.ts'
import { pullRequestController } from './pull-requests/pull-request-controller.ts'
import { repositoryController } from './repositories/repository-controller.ts'
import { gitService } from './server/git-service.ts'

/** From a Git repository to the cluster: Argo CD's Applications, a Git server, pull requests. */
export const gitops: Capability = {
  name: 'gitops',
  summary: 'Argo CD Applications from Git repositories, a built-in Git server, pull requests',
  kinds: [
    { kind: Application, definition: 'applications.argoproj.io' },
    { kind: AppProject, definition: 'appprojects.argoproj.io' },
    { kind: Repository, definition: 'repositories.gitops.drave.dev' },
    { kind: PullRequest, definition: 'pullrequests.gitops.drave.dev' },
  ],
  access: [
    { kinds: [Application, Repository, PullRequest], verbs: [...READ, 'patch'] },
    { kinds: [AppProject], verbs: [...READ, 'create'] },
    { kinds: [Repository, PullRequest], subresource: 'status', verbs: ['patch'] },
    { kinds: [Namespace], verbs: ['get', 'create'] },
    { kinds: [HorizontalPodAutoscaler], verbs: READ },
    publishing,
    resolving,
  ],
  writesAnyKind: true,
  namespaces: [ARGOCD_NAMESPACE],
  listeners: [{ name: 'git', defaultPort: 8180, summary: 'Git over HTTP: the repositories of this stack' }],
  settings: [
    { name: 'pollInterval', default: 3, summary: 'Seconds between looks at a remote repository' },
    {
      name: 'allowFileRepositories',
      default: false,
      summary: 'Whether Applications may read repositories from this machine’s files',
    },
  ],
  services: kernel => [gitService(kernel), defaultProject(kernel)],
  controllers: kernel => [
    repositoryController(kernel),
    applicationController(kernel),
    pullRequestController(kernel),
  ],
  commands,
}
