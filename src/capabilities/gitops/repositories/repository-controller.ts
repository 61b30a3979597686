import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { mergePatchBetween } from '../application/application-status.ts'
import { condition } from '../conditions.ts'
import { GitError } from '../git/git-command.ts'
import { isRefName, isRepositoryName } from '../git/names.ts'
import { gitopsOf } from '../gitops.ts'
import { DEFAULT_BRANCH, Repository } from '../kinds/repository.ts'

const FINALIZER = 'gitops.drave.dev/repository'
const MAX_BRANCHES = 200

/** Makes a bare repository for each Repository object, tells where it is and what its branches are, removes it with the object. */
export const repositoryController = (kernel: Kernel): Controller => {
  const { local } = gitopsOf(kernel)
  const { client, clock } = kernel
  return {
    name: 'gitops-repository',
    watches: [objectsOf(Repository)],
    wakes: wake => local.onChange(wake),
    async reconcile(name) {
      const repository = await client.find(Repository, { name })
      if (!repository) return
      const { finalizers = [], deletionTimestamp } = repository.metadata
      if (deletionTimestamp) {
        if (!finalizers.includes(FINALIZER)) return
        if (isRepositoryName(name)) await local.remove(name)
        await client.patch(
          Repository,
          { name },
          { metadata: { finalizers: finalizers.filter(f => f !== FINALIZER) } },
        )
        return
      }
      const branch = repository.spec.defaultBranch ?? DEFAULT_BRANCH
      const problem = !isRepositoryName(name)
        ? `"${name}" cannot be a repository's name: it must not end in .git or .lock`
        : !isRefName(branch)
          ? `spec.defaultBranch: "${branch}" is not a branch name`
          : undefined
      const before = repository.status
      const ready = (status: 'True' | 'False', reason: string, message: string) =>
        condition(before?.conditions, clock.now(), { type: 'Ready', status, reason, message })
      let status: Repository['status']
      if (problem) status = { conditions: [ready('False', 'InvalidSpec', problem)] }
      else {
        if (!finalizers.includes(FINALIZER))
          await client.patch(Repository, { name }, { metadata: { finalizers: [...finalizers, FINALIZER] } })
        try {
          await local.create(name, branch)
          const git = local.get(name)
          const branches = (await git?.branches()) ?? []
          status = {
            url: `${kernel.endpoints.get('git') ?? ''}/${name}.git`,
            head: await git?.resolve('HEAD'),
            branches: branches.slice(0, MAX_BRANCHES),
            conditions: [ready('True', 'Serving', 'the repository can be cloned and pushed to')],
          }
        } catch (error) {
          if (!(error instanceof GitError)) throw error
          status = { conditions: [ready('False', 'GitFailed', error.message)] }
        }
      }
      const change = mergePatchBetween(before ?? {}, withoutAbsent(status))
      if (change !== undefined)
        await client.patch(Repository, { name }, { status: change }, { subresource: 'status' })
    },
  }
}

const withoutAbsent = (status: object): object =>
  Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined))
