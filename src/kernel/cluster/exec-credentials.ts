import { spawn } from 'node:child_process'
import type { Clock } from '../clock.ts'
import { CliError } from '../command.ts'
import type { Credentials, Proof } from './cluster-access.ts'
import type { ExecPlugin } from './exec-plugin.ts'
import { textOf } from './merge-kubeconfigs.ts'

/** Where ExecCredential objects that a program is told the cluster's extensions by keep them. */
const EXTENSION = 'client.authentication.k8s.io/exec'
const MAX_OUTPUT = 1024 * 1024

interface Kept {
  proof: Proof
  /** Milliseconds since the epoch; infinite where the program did not say. */
  expires: number
}

/** Proofs from a program, kept until they expire or are refused; one run serves all who ask meanwhile. */
export class ExecCredentials implements Credentials {
  readonly #plugin: ExecPlugin
  readonly #clock: Clock
  readonly #isTerminal: boolean
  #kept: Kept | undefined
  #running: Promise<Kept> | undefined

  constructor(plugin: ExecPlugin, clock: Clock, isTerminal: boolean = process.stdin.isTTY === true) {
    this.#plugin = plugin
    this.#clock = clock
    this.#isTerminal = isTerminal
  }

  async current(): Promise<Proof> {
    if (this.#kept && this.#clock.now() < this.#kept.expires) return this.#kept.proof
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    this.#kept = await this.#running
    return this.#kept.proof
  }

  refused(proof: Proof): void {
    if (this.#kept?.proof === proof) this.#kept = undefined
  }

  async #run(): Promise<Kept> {
    const { apiVersion, command, interactiveMode } = this.#plugin
    const interactive = this.#isTerminal && interactiveMode !== 'Never'
    if (interactiveMode === 'Always' && !interactive)
      throw new CliError(
        `exec plugin ${command}: needs a terminal on standard input, and there is none (interactiveMode Always)`,
      )
    const text = await this.#output(interactive)
    let answer: { apiVersion?: unknown; kind?: unknown; status?: Record<string, unknown> | null }
    try {
      answer = JSON.parse(text) ?? {}
    } catch (error) {
      // What it printed may be a secret.
      throw new CliError(`exec plugin ${command}: what it printed is not JSON`, { cause: error })
    }
    if (answer.kind !== 'ExecCredential' || answer.apiVersion !== apiVersion)
      throw new CliError(
        `exec plugin ${command}: it answered ${answer.apiVersion} ${answer.kind}, not ${apiVersion} ExecCredential`,
      )
    return keptFrom(answer.status ?? {}, command)
  }

  #output(interactive: boolean): Promise<string> {
    const { command, args, env, installHint } = this.#plugin
    const info = JSON.stringify(this.#info(interactive))
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
        env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: info },
      })
      let output = ''
      child.stdout.setEncoding('utf8').on('data', chunk => {
        output += chunk
        if (output.length > MAX_OUTPUT) child.kill()
      })
      child.on('error', cause =>
        reject(
          new CliError(`exec plugin ${command}: ${cause.message}`, {
            cause,
            hint: installHint ?? 'see that the program is installed and in PATH',
          }),
        ),
      )
      child.on('close', (code, signal) => {
        if (code === 0) resolve(output)
        else reject(new CliError(`exec plugin ${command}: ended with ${code ?? signal}`))
      })
    })
  }

  #info(interactive: boolean): unknown {
    const { apiVersion, cluster } = this.#plugin
    const spec = cluster === undefined ? { interactive } : { cluster: toldOf(cluster), interactive }
    return { kind: 'ExecCredential', apiVersion, spec }
  }
}

/** The cluster as `client.authentication.k8s.io` describes it to programs. */
function toldOf(cluster: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const extensions = (cluster.extensions ?? []) as { name: string; extension: unknown }[]
  return {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data': cluster['certificate-authority-data'],
    config: extensions.find(({ name }) => name === EXTENSION)?.extension,
  }
}

function keptFrom(status: Record<string, unknown>, command: string): Kept {
  const proof = {
    token: textOf(status.token),
    clientCertificate: textOf(status.clientCertificateData),
    clientKey: textOf(status.clientKeyData),
  }
  if (!proof.token && !proof.clientCertificate)
    throw new CliError(`exec plugin ${command}: it gave neither a token nor a client certificate`)
  if ((proof.clientCertificate === undefined) !== (proof.clientKey === undefined))
    throw new CliError(`exec plugin ${command}: it gave a client certificate or a key without the other`)
  const given = textOf(status.expirationTimestamp)
  const expires = given === undefined ? Number.POSITIVE_INFINITY : Date.parse(given)
  if (Number.isNaN(expires))
    throw new CliError(`exec plugin ${command}: expirationTimestamp ${given} is not a time`)
  return { proof, expires }
}
