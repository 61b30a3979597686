import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Git } from '../git/git-command.ts'
import { discardRest, HttpRefusal, requestBody } from './request-body.ts'

/** The two services of Git's smart HTTP protocol (gitprotocol-http). */
export type GitService = 'git-upload-pack' | 'git-receive-pack'

export const isGitService = (name: string | null): name is GitService =>
  name === 'git-upload-pack' || name === 'git-receive-pack'

/** One packet line: four hexadecimal digits of length, then the text. */
const packet = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text

export interface Exchange {
  git: Git
  directory: string
  service: GitService
  request: IncomingMessage
  response: ServerResponse
  maxBodyBytes: number
}

/** Refs that only this server may write: those of pull requests, and its own. */
const RESERVED = ['-c', 'receive.hideRefs=refs/pull', '-c', 'transfer.hideRefs=refs/drave']

function command(service: GitService): string[] {
  if (service === 'git-upload-pack') return [...RESERVED, 'upload-pack', '--strict', '--stateless-rpc']
  return [
    ...RESERVED,
    ...[
      '-c',
      'receive.fsckObjects=true',
      '-c',
      'receive.autogc=false',
      '-c',
      'receive.advertisePushOptions=false',
    ],
    ...['receive-pack', '--stateless-rpc'],
  ]
}

/** The client's wish for protocol version 2, passed on only when it is of that form. */
function protocolOf(service: GitService, request: IncomingMessage): Record<string, string> {
  if (service === 'git-receive-pack') return {}
  const wish = request.headers['git-protocol']
  return typeof wish === 'string' && /^version=[0-9](:[a-z0-9=-]+)*$/.test(wish) ? { GIT_PROTOCOL: wish } : {}
}

const noCache = { 'cache-control': 'no-cache, max-age=0, must-revalidate', pragma: 'no-cache' }

/** `GET …/info/refs?service=S`: what the repository has. */
export async function advertise({ git, directory, service, request, response }: Exchange) {
  const environment = protocolOf(service, request)
  const { stdout } = await git.run([...command(service), '--http-backend-info-refs', directory], {
    environment,
  })
  response.writeHead(200, { 'content-type': `application/x-${service}-advertisement`, ...noCache })
  // gitprotocol-v2: the answer to a client of version 2 starts with its capabilities, without a service line.
  const isVersion2 = environment['GIT_PROTOCOL']?.startsWith('version=2') === true
  const head = isVersion2 ? '' : `${packet(`# service=${service}\n`)}0000`
  response.end(Buffer.concat([Buffer.from(head), stdout]))
}

/** `POST …/git-upload-pack` or `…/git-receive-pack`: one round, streamed both ways. */
export async function serve({ git, directory, service, request, response, maxBodyBytes }: Exchange) {
  if (request.headers['content-type'] !== `application/x-${service}-request`)
    throw new HttpRefusal(415, `the content type must be application/x-${service}-request`)
  const body = requestBody(request, maxBodyBytes)
  const stop = new AbortController()
  const child = git.start([...command(service), directory], {
    environment: protocolOf(service, request),
    signal: stop.signal,
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-2000)
  })
  // An upload-pack whose client went away must end, a receive-pack with a whole request must not.
  response.on('close', () => {
    if (!response.writableFinished && service === 'git-upload-pack') stop.abort()
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', error => (stop.signal.aborted ? resolve(null) : reject(error)))
    child.on('close', resolve)
  })
  let refusal: unknown
  // Before the pipeline closes git's input: git would answer a cut-off request as if it were whole.
  body.on('error', error => {
    refusal = error
    stop.abort()
  })
  // git ends early when it refuses; its exit code and answer say so.
  const input = pipeline(body, child.stdin).catch(() => {})
  child.stdout.once('data', () => {
    if (!response.headersSent && !refusal)
      response.writeHead(200, { 'content-type': `application/x-${service}-result`, ...noCache })
  })
  const output = pipeline(child.stdout, response, { end: false }).catch(() => {})
  await Promise.all([input, output])
  const code = await ended
  // git may have refused before the client had sent all, and a client that is still sending does not read.
  await discardRest(request, maxBodyBytes)
  if (refusal && !response.headersSent) throw refusal
  if (!response.headersSent) {
    if (code !== 0) throw new HttpRefusal(500, `${service} failed: ${stderr.trim() || `exit code ${code}`}`)
    response.writeHead(200, { 'content-type': `application/x-${service}-result`, ...noCache })
  }
  response.end()
}
