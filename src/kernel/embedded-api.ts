import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AdmissionPlugin } from '../apiserver/admission.ts'
import { createApiServer } from '../apiserver/api-server.ts'
import type { EtcdOptions } from '../apiserver/store/etcd/connect-etcd.ts'
import { GrpcError } from '../apiserver/store/etcd/grpc-channel.ts'
import { writeKubeconfig } from '../apiserver/http/kubeconfig-file.ts'
import { packageVersion } from '../kube/data.ts'
import { accessFrom, clusterIpRange } from './api-access.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { CliError } from './command.ts'
import type { Config } from './config.ts'
import type { DataDirectory } from './data-directory.ts'
import { LocalClient } from './local-client.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import { offerPorts } from './offer-ports.ts'
import { podConnectors } from './pod-connectors.ts'
import type { Ports } from './ports.ts'

export interface EmbeddedApi extends AsyncDisposable {
  url: string
  /** The certificate authority in PEM. */
  ca: string
  /** The administrator's bearer token. */
  token: string
  clientFor(fieldManager: string): Client
  /** Says in the API where it is reached: done by itself unless several servers share an etcd. */
  publishAddress(): Promise<void>
  /** The admission chain; what is added to it counts from then on. */
  admission: AdmissionPlugin[]
  /** To be called when capabilities have filled the ports. */
  portsFilled(): Promise<void>
}

interface EmbeddedApiOptions {
  clock: Clock
  config: Config
  /** Where objects are kept; undefined: in the data directory. */
  etcd?: EtcdOptions | undefined
  dataDirectory: DataDirectory
  log: Logger
  metrics: Metrics
  ports: Ports
  /** Whether a node may run in this process, or in another on the same storage. */
  hasNode: boolean
}

/** Starts the embedded API server on its listener, and writes `kubeconfig` and `token` into the data directory. */
export async function startEmbeddedApi(options: EmbeddedApiOptions): Promise<EmbeddedApi> {
  const { clock, config, dataDirectory, etcd, hasNode, log, metrics, ports } = options
  const admission: AdmissionPlugin[] = []
  const api = await createApiServer({
    clock,
    log: log.child({ part: 'apiserver' }),
    storage: etcd ? { etcd } : { directory: dataDirectory.folder('state'), version: packageVersion() },
    tls: { storage: { directory: dataDirectory.folder('pki') }, names: [config.host] },
    admission,
    hooks: hooksOf(metrics),
    components: () => [
      { name: 'controller-manager', problem: ports.controllerManager ? undefined : NOT_HERE },
      { name: 'scheduler', problem: ports.scheduler ? undefined : NOT_HERE },
    ],
    access: accessFrom(config, dataDirectory),
    clusterIpRange: clusterIpRange(config, { hasNode }),
  }).catch(error => {
    throw etcd && error instanceof GrpcError ? notReached(error) : error
  })
  const port = config.port('api')
  const listener = await api
    .listen({ host: config.host, port, connectors: podConnectors(ports) })
    .catch(async error => {
      await api[Symbol.asyncDispose]()
      throw new CliError(
        `the API server cannot listen on ${config.host}:${port}: ${(error as Error).message}`,
        {
          hint: 'choose another port with --api-port PORT, or let the system choose with --ephemeral-ports',
          cause: error,
        },
      )
    })
  const { authority, admin, token, signer } = listener.credentials
  ports.certificateSigner = signer
  await writeKubeconfig({
    path: join(dataDirectory.path, 'kubeconfig'),
    url: listener.url,
    authority,
    user: admin,
  })
  const tokenFile = join(dataDirectory.path, 'token')
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  chmodSync(tokenFile, 0o600)
  return {
    url: listener.url,
    ca: authority,
    token,
    clientFor: fieldManager => new LocalClient(api, fieldManager),
    admission,
    portsFilled: () => offerPorts(api, ports),
    publishAddress: () => api.publishAddress(listener),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}

const NOT_HERE = 'does not run in this process'

const notReached = (error: GrpcError) =>
  new CliError(error.message, {
    hint: 'see that etcd runs, and that --etcd-servers and the files for its certificates are right',
    cause: error,
  })

/** What the API server counts, as metrics under kube-apiserver's names where it has them. */
function hooksOf(metrics: Metrics) {
  const requests = metrics.counter({
    name: 'apiserver_request_total',
    help: 'Requests by verb, resource and HTTP status.',
    labelNames: ['verb', 'resource', 'code'],
  })
  const durations = metrics.histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Duration of requests, watches left out.',
    labelNames: ['verb'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2, 10],
  })
  const limits = metrics.counter({
    name: 'drave_apiserver_limit_hits_total',
    help: 'How often a limit was hit.',
    labelNames: ['limit'],
  })
  const records = metrics.counter({
    name: 'drave_store_records_total',
    help: 'Changes written to the revision log.',
  })
  const bytes = metrics.counter({
    name: 'drave_store_bytes_total',
    help: 'Bytes written to the revision log.',
  })
  const webhooks = metrics.histogram({
    name: 'apiserver_admission_webhook_admission_duration_seconds',
    help: 'How long admission webhooks took, by how they ended.',
    labelNames: ['name', 'outcome'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
  })
  const seats = metrics.gauge({
    name: 'apiserver_flowcontrol_nominal_limit_seats',
    help: 'Requests of a priority level that are worked on at the same time.',
    labelNames: ['priority_level'],
  })
  const watches = metrics.gauge({ name: 'apiserver_longrunning_requests', help: 'Open watches.' })
  return {
    request(verb: string, resource: string, code: number, durationMs: number) {
      requests.inc({ verb, resource, code: String(code) })
      if (verb !== 'watch') durations.observe({ verb }, durationMs / 1000)
    },
    committed(count: number, size: number) {
      records.inc(count)
      bytes.inc(size)
    },
    limitHit: (limit: string) => limits.inc({ limit }),
    webhook: (name: string, outcome: string, durationMs: number) =>
      webhooks.observe({ name, outcome }, durationMs / 1000),
    seats(byLevel: ReadonlyMap<string, number>) {
      seats.reset()
      for (const [level, count] of byLevel) seats.set({ priority_level: level }, count)
    },
    watches: (open: number) => watches.set(open),
    metricsText: () => metrics.text(),
  }
}
