import { CliError, type Command } from '../../../kernel/command.ts'
import { PullRequest } from '../kinds/pull-request.ts'
import { findPullRequest } from './find-pull-request.ts'
import { printAs } from './print.ts'
import { timeoutSeconds, waitFor } from './wait-for.ts'

export const prMerge: Command = {
  path: ['pr', 'merge'],
  summary: 'Merge a pull request; refused with the reason when it does not merge',
  usage: '[REPOSITORY] PULL-REQUEST',
  examples: ['drave pr merge meetups-3', 'drave pr merge meetups-3 --squash'],
  flags: {
    squash: { summary: 'As one commit on the target branch' },
    message: { summary: 'The message of the commit', short: 'm', value: 'TEXT' },
    force: { summary: 'Although a check has failed' },
    timeout: { summary: 'How long to wait', value: 'DURATION', default: '30s' },
  },
  async run(context) {
    const client = await context.client()
    const { metadata, spec, status } = await findPullRequest(context, client)
    const { name } = metadata
    if (status?.phase === 'Merged' || status?.phase === 'Closed')
      throw new CliError(`${name} is ${status.phase.toLowerCase()} already`)
    const message = context.flag('message')
    const merge: PullRequest['spec']['merge'] = {
      method: context.isSet('squash') ? 'squash' : 'merge',
      // What is merged is what was looked at.
      ...(status?.headSHA ? { sha: status.headSHA } : {}),
      ...(message ? { message } : {}),
      ...(context.isSet('force') ? { force: true } : {}),
    }
    const asked = await client.patch(PullRequest, { name }, { spec: { merge } })
    // Only what was said of this wish, or of a later one, answers it; a target that has just moved is tried again.
    const isRefused = (object: PullRequest) =>
      object.status?.conditions?.some(
        condition =>
          condition.status === 'False' &&
          condition.reason !== 'TargetMoved' &&
          (condition.observedGeneration ?? 0) >= (asked.metadata.generation ?? 0),
      ) === true
    const done = await waitFor<PullRequest>(client, {
      kind: PullRequest,
      ref: { name },
      what: `the merge of ${name}`,
      isOver: object => object.status?.phase === 'Merged' || isRefused(object),
      seconds: timeoutSeconds(context.flag('timeout')),
      signal: context.signal,
    })
    if (done.status?.phase !== 'Merged') {
      // The wish would stand and be granted later, which nobody asked for.
      await client.patch(PullRequest, { name }, { spec: { merge: null } })
      const because = done.status?.conditions?.find(condition => condition.status === 'False')
      throw new CliError(`${name} was not merged: ${because?.message ?? 'no reason was given'}`, {
        hint: hintFor(because?.reason ?? '', done),
      })
    }
    printAs(
      context,
      done,
      () =>
        `Merged ${spec.sourceBranch} into ${done.status?.targetBranch ?? ''} as ${done.status?.mergeCommit ?? ''}`,
    )
  },
}

function hintFor(reason: string, { metadata, spec, status }: PullRequest): string {
  switch (reason) {
    case 'Conflict':
      return `merge ${status?.targetBranch ?? 'the target branch'} into ${spec.sourceBranch}, solve the conflicts and push`
    case 'ChecksFailed':
      return `mend it and push, or merge it all the same: drave pr merge ${metadata.name} --force`
    case 'SourceBranchNotFound':
      return `push it first: git push origin ${spec.sourceBranch}`
    default:
      return 'see `drave pr list`'
  }
}
