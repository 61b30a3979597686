import type { Exchange } from '../http/handler.ts'
import { forward } from '../http/proxy/forward.ts'
import { withoutHops } from '../http/proxy/forwarded-headers.ts'
import { send } from '../http/reply.ts'
import { isConditionTrue } from '../../kube/conditions.ts'
import { ApiError } from '../../kube/status.ts'
import { goReason } from '../webhooks/go-reason.ts'
import type { UserInfo } from '../request.ts'
import type { Extension } from './api-services.ts'
import { type ExtensionClient, hostOf } from './extension-client.ts'
import { identityHeaders } from './identity-headers.ts'

/** Clients wait for discovery of all groups, so no extension server may hold it up for longer. */
const DISCOVERY_TIMEOUT_MS = 5_000

/** Passes a request on to an extension server, in the name of who asks; what fails is answered in plain text, as upstream does. */
export async function serveExtension(
  exchange: Exchange,
  client: ExtensionClient,
  { extension, user }: { extension: Extension; user: UserInfo },
): Promise<void> {
  const { request, response, target, core } = exchange
  if (!isConditionTrue(extension.status?.conditions, 'Available')) {
    unavailable(exchange, 'service unavailable')
    return
  }
  let timedOut = false
  try {
    const endpoint = client.locate(extension)
    const open = await client.connector(extension, endpoint)
    await forward(exchange, {
      path: request.url ?? '/',
      host: hostOf(endpoint),
      headers: identityHeaders(user),
      open(options) {
        const outgoing = open(options)
        if (target) return outgoing
        const limit = core.clock.after(DISCOVERY_TIMEOUT_MS, () => {
          timedOut = true
          outgoing.destroy(new Error('context deadline exceeded'))
        })
        return outgoing.once('close', () => limit[Symbol.dispose]())
      },
      answerHeaders: withoutCors,
    })
  } catch (error) {
    if (response.headersSent) throw error
    // A Service without endpoints: Node's errors are no ApiError.
    const isUnresolved = error instanceof ApiError
    core.log.warn(
      { err: error, apiService: extension.metadata.name, timedOut },
      'an extension server was not reached',
    )
    unavailable(
      exchange,
      isUnresolved ? 'service unavailable' : `error trying to reach service: ${goReason(error as Error)}`,
    )
  }
}

const unavailable = ({ response }: Exchange, why: string): void =>
  send(response, 503, 'text/plain; charset=utf-8', `${why}\n`)

/** Which origins may read an answer is for this server to say. */
const withoutCors: Parameters<typeof forward>[1]['answerHeaders'] = headers =>
  Object.fromEntries(
    Object.entries(withoutHops(headers)).filter(([name]) => !name.startsWith('access-control-')),
  )
