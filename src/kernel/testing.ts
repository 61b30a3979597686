import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AdmissionPlugin } from '../apiserver/admission.ts'
import { createApiServer } from '../apiserver/api-server.ts'
import type { Capability, Kernel } from './capability.ts'
import { type Clock, RealClock } from './clock.ts'
import type { Config } from './config.ts'
import type { DataDirectory } from './data-directory.ts'
import { FileEndpoints } from './file-endpoints.ts'
import { LocalClient } from './local-client.ts'
import type { Logger } from './log.ts'
import { Metrics } from './metrics.ts'
import { offerPorts } from './offer-ports.ts'
import type { Ports } from './ports.ts'
import { startStack } from './stack.ts'
import { SYSTEM_NAMESPACE } from './system-service.ts'

export interface TestKernelOptions {
  capabilities?: readonly Capability[]
  clock?: Clock
  /** Settings by dotted path, for `config.get`. */
  settings?: Readonly<Record<string, unknown>>
  log?: Logger
  /** What others than the capabilities provide. */
  ports?: Ports
}

export interface TestKernel extends AsyncDisposable {
  kernel: Kernel
  /** Rejects when a service ends by itself. */
  failed: Promise<never>
}

/** A logger that keeps nothing. */
export const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog }

/** For tests: capabilities on an embedded API server in memory, every listener on a free loopback port. */
export async function startTestKernel(options: TestKernelOptions = {}): Promise<TestKernel> {
  const clock = options.clock ?? new RealClock()
  const log = options.log ?? silentLog
  const capabilities = options.capabilities ?? []
  const path = mkdtempSync(join(tmpdir(), 'drave-test-'))
  const admission: AdmissionPlugin[] = []
  const api = await createApiServer({ clock, log, storage: 'memory', admission })
  const ports: Ports = { ...options.ports }
  const metrics = new Metrics()
  const endpoints = new FileEndpoints()
  const defaults = Object.fromEntries(
    capabilities.flatMap(({ name, settings }) =>
      (settings ?? []).map(setting => [`${name}.${setting.name}`, setting.default]),
    ),
  )
  const config: Config = {
    dataDir: path,
    host: '127.0.0.1',
    ephemeralPorts: true,
    port: () => 0,
    get: name => options.settings?.[name] ?? defaults[name],
  }
  const dataDirectory: DataDirectory = {
    path,
    folder(name) {
      const folder = join(path, name)
      mkdirSync(folder, { recursive: true })
      return folder
    },
  }
  const stack = await startStack(capabilities, {
    clientFor: manager => new LocalClient(api, manager),
    clock,
    config,
    dataDirectory,
    endpoints,
    log,
    metrics,
    ports,
    systemNamespace: SYSTEM_NAMESPACE,
    admission,
    portsFilled: () => offerPorts(api, ports),
  })
  return {
    kernel: stack.kernel,
    failed: stack.failed,
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
      rmSync(path, { recursive: true, force: true })
    },
  }
}
