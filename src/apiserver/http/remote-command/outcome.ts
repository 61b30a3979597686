import type { Status } from '../../../kube/generated/meta-v1.ts'
import { apiError } from '../../../kube/status.ts'
import type { RemoteCommand } from '../connector.ts'

/** How a remote command ended. */
export type CommandOutcome = { exitCode: number } | { error: Error }

/** Runs a command to its end; what it throws is an outcome too. */
export async function outcomeOf(
  ...[run, streams, signal]: [RemoteCommand, ...Parameters<RemoteCommand>]
): Promise<CommandOutcome> {
  try {
    return { exitCode: await run(streams, signal) }
  } catch (error) {
    return { error: error as Error }
  }
}

/** The Status that clients read the exit code from, in the kubelet's words. */
function statusOf(outcome: CommandOutcome): Partial<Status> {
  if ('error' in outcome) {
    const message = `error executing command in container: ${outcome.error.message}`
    return apiError('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }).status
  }
  const { exitCode } = outcome
  if (exitCode === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  }
}

/** What goes to the error channel: a Status since version 4 of the protocol, before that the message of a failure. */
export function errorText(outcome: CommandOutcome, protocol: string): string {
  const status = statusOf(outcome)
  if (/^v[45]\./.test(protocol)) return JSON.stringify(status)
  return status.status === 'Success' ? '' : (status.message ?? '')
}
