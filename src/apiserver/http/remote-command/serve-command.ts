import type { KubeObject } from '../../../kube/object.ts'
import { apiError } from '../../../kube/status.ts'
import type { CommandConnector, CommandOptions } from '../connector.ts'
import type { Exchange } from '../handler.ts'
import { isTrue } from '../query.ts'
import { wantedUpgrade } from '../upgrade.ts'
import { commandOverSpdy } from './spdy-command.ts'
import { commandOverWebSocket } from './websocket-command.ts'

/** Answers exec and attach: refuses, or runs the command over the protocol that the client asks for until it has ended. */
export async function serveCommand(
  exchange: Exchange,
  connector: CommandConnector,
  object: KubeObject,
): Promise<void> {
  const options = commandOptions(exchange.query)
  const run = connector.command(object, options)
  switch (wantedUpgrade(exchange.request)) {
    case 'websocket':
      return commandOverWebSocket(exchange, run, options)
    case 'spdy/3.1':
      return commandOverSpdy(exchange, run, options)
    default:
      throw apiError('BadRequest', 'Upgrade request required')
  }
}

/** As core/v1 PodExecOptions, read from the query. */
function commandOptions(query: URLSearchParams): CommandOptions {
  const tty = isTrue(query, 'tty')
  const options = {
    container: query.get('container') || undefined,
    command: query.getAll('command'),
    stdin: isTrue(query, 'stdin'),
    stdout: isTrue(query, 'stdout'),
    // A terminal has one output.
    stderr: isTrue(query, 'stderr') && !tty,
    tty,
  }
  if (!options.stdin && !options.stdout && !options.stderr)
    throw apiError('BadRequest', 'you must specify at least 1 of stdin, stdout, stderr')
  return options
}
