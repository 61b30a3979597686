/** What proves to an API server who asks; certificates and keys are PEM. */
export interface Proof {
  token?: string | undefined
  clientCertificate?: string | undefined
  clientKey?: string | undefined
}

/** Where proofs that change come from: a file that is read again, or a program. */
export interface Credentials {
  /** The proof to use now. Throws CliError when there is none to be had. */
  current(): Promise<Proof>
  /** The API server answered 401 to this one: it is not used again. */
  refused(proof: Proof): void
}

/** Whose rights the request is to have, as kubectl's `--as`. */
export interface Impersonation {
  user: string
  uid?: string | undefined
  groups: readonly string[]
  extra: Readonly<Record<string, readonly string[]>>
}

/** Where a cluster is and how to be let in. Certificates and keys are PEM. */
export interface ClusterAccess extends Proof {
  server: string
  ca?: string | undefined
  insecureSkipTlsVerify?: boolean | undefined
  /** The name that the server's certificate must have, where it is not the host's. */
  tlsServerName?: string | undefined
  /** Take the place of token and certificate. */
  credentials?: Credentials | undefined
  impersonate?: Impersonation | undefined
  namespace: string
}
