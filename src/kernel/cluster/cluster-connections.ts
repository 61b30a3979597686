import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { ClusterAccess, Proof } from './cluster-access.ts'

/** The kept connections to one API server. They are bound to the client certificate they were opened with. */
export class ClusterConnections implements Disposable {
  readonly #access: ClusterAccess
  readonly #isPlain: boolean
  #held: { agent: HttpAgent; certificate: string | undefined } | undefined

  constructor(access: ClusterAccess) {
    this.#access = access
    this.#isPlain = new URL(access.server).protocol === 'http:'
  }

  /** The proof to use now. Throws CliError when there is none to be had. */
  async proof(): Promise<Proof> {
    return (await this.#access.credentials?.current()) ?? this.#access
  }

  agentFor(proof: Proof): HttpAgent {
    const certificate = proof.clientCertificate ?? this.#access.clientCertificate
    if (this.#held && this.#held.certificate === certificate) return this.#held.agent
    this.#held?.agent.destroy()
    const agent = this.#isPlain
      ? new HttpAgent({ keepAlive: true })
      : this.#secureAgent(certificate, proof.clientKey ?? this.#access.clientKey)
    this.#held = { agent, certificate }
    return agent
  }

  #secureAgent(cert: string | undefined, key: string | undefined): HttpsAgent {
    const { ca, tlsServerName, insecureSkipTlsVerify } = this.#access
    return new HttpsAgent({
      keepAlive: true,
      ca,
      cert,
      key,
      rejectUnauthorized: !insecureSkipTlsVerify,
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    })
  }

  [Symbol.dispose](): void {
    this.#held?.agent.destroy()
  }
}
