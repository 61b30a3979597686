import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** For tests: answers the query API of Prometheus over HTTP with what `answer` says for a query. */
export interface PrometheusDouble extends AsyncDisposable {
  url: string
  queries: string[]
  /** A vector, `scalar` for one number, or an HTTP status to fail with. */
  answer: (query: string) => number[] | { scalar: number } | { status: number }
}

export async function startPrometheusDouble(answer: PrometheusDouble['answer']): Promise<PrometheusDouble> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += String(chunk)
    })
    request.on('end', () => {
      const query = new URLSearchParams(body).get('query') ?? ''
      double.queries.push(query)
      const answered = double.answer(query)
      const print = (value: number) =>
        Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
      if ('status' in answered) {
        response
          .writeHead(answered.status)
          .end(JSON.stringify({ status: 'error', errorType: 'internal', error: 'down' }))
        return
      }
      const data =
        'scalar' in answered
          ? { resultType: 'scalar', result: [0, print(answered.scalar)] }
          : {
              resultType: 'vector',
              result: answered.map(value => ({ metric: {}, value: [0, print(value)] })),
            }
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ status: 'success', data }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo
  const double: PrometheusDouble = {
    url: `http://127.0.0.1:${port}`,
    queries: [],
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return double
}
