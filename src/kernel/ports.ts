import type { Duplex } from 'node:stream'
import type { CertificateSigner } from '../apiserver/http/certificate-signer.ts'
import type { CommandOptions, NodeConnector, RemoteCommand } from '../apiserver/http/connector.ts'
import type { UsageSource } from '../apiserver/usage/usage-source.ts'
import type { Pod } from '../kube/generated/core-v1.ts'

export interface PodLogOptions {
  container?: string | undefined
  follow?: boolean | undefined
  previous?: boolean | undefined
  tailLines?: number | undefined
  limitBytes?: number | undefined
  sinceSeconds?: number | undefined
  sinceTime?: string | undefined
  timestamps?: boolean | undefined
}

/** The node's side of `GET …/pods/NAME/log`. Throws ApiError BadRequest for an unknown container. */
export interface PodLogs {
  read(pod: Pod, options: PodLogOptions, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** The node's side of exec, attach and portforward. Throws ApiError to refuse before anything has begun. */
export interface PodStreams {
  exec(pod: Pod, options: CommandOptions): RemoteCommand
  attach(pod: Pod, options: CommandOptions): RemoteCommand
  /** Throws when nothing can be forwarded to this pod. */
  requirePorts(pod: Pod): void
  connect(pod: Pod, port: number, signal: AbortSignal): Promise<Duplex>
}

/** Narrow ports between parts where an API object will not do; at most one provider each. */
export interface Ports {
  podLogs?: PodLogs
  podStreams?: PodStreams
  /** Present while what kube-controller-manager does elsewhere is done in this process, and likewise kube-scheduler. */
  controllerManager?: true
  scheduler?: true
  /** From the embedded API server: its authority signs, its key stays there. */
  certificateSigner?: CertificateSigner
  /** What a kubelet's HTTP API answers, for `nodes/NAME/proxy`. */
  nodeApi?: NodeConnector
  /** What the pods of this process's node use, and the node itself. */
  podMetrics?: UsageSource
  /** The same for nodes and pods that are only acted out. */
  simulatedMetrics?: UsageSource
}
