import { createServer } from 'node:http'
import { CliError } from '../../kernel/command.ts'

export interface HealthServer extends AsyncDisposable {
  /** From now on `/readyz` says yes. */
  markReady(): void
}

interface HealthOptions {
  host: string
  port: number
  metricsText(): Promise<string>
}

/** Answers `/healthz` from the start, `/readyz` once the process leads or waits to lead, and `/metrics`. */
export async function startHealthServer({ host, port, metricsText }: HealthOptions): Promise<HealthServer> {
  let isReady = false
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0]
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    if (path === '/healthz') response.end('ok\n')
    else if (path === '/readyz') {
      response.statusCode = isReady ? 200 : 503
      response.end(isReady ? 'ok\n' : 'not started yet\n')
    } else if (path === '/metrics') {
      const text = await metricsText().catch((error: Error) => {
        response.statusCode = 500
        return `${error.message}\n`
      })
      response.end(text)
    } else {
      response.statusCode = 404
      response.end('not found\n')
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  }).catch(cause => {
    throw new CliError(`--health-port: cannot listen on ${host}:${port}: ${cause.message}`, { cause })
  })
  server.unref()
  return {
    markReady() {
      isReady = true
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
