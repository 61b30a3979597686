import type { Duplex, Readable, Writable } from 'node:stream'
import type { KubeObject } from '../../kube/object.ts'

/** Answers a subresource with a stream of text from where the object runs, for instance a pod's log. */
export interface TextConnector {
  /** Throws ApiError before the first chunk to refuse. */
  read(object: KubeObject, query: URLSearchParams, signal: AbortSignal): AsyncIterable<Uint8Array>
}

export interface TerminalSize {
  columns: number
  rows: number
}

/** What a client wants of a remote command: core/v1 PodExecOptions; PodAttachOptions has no `command`. */
export interface CommandOptions {
  container: string | undefined
  command: readonly string[]
  stdin: boolean
  stdout: boolean
  stderr: boolean
  tty: boolean
}

/** The client's ends of a remote command; those it did not ask for are absent. */
export interface CommandStreams {
  /** Ends when the client has sent all of its input. */
  stdin?: Readable | undefined
  stdout?: Writable | undefined
  stderr?: Writable | undefined
  /** Called for every change of the client's terminal, the first size included. */
  onResize(listener: (size: TerminalSize) => void): void
}

/**
 * Runs with the client's streams until the command has ended and its output is written, or the signal aborts.
 * Resolves to the exit code; throws an Error whose message the client is shown.
 */
export type RemoteCommand = (streams: CommandStreams, signal: AbortSignal) => Promise<number>

/** Runs or attaches to a command where the object runs: exec and attach. */
export interface CommandConnector {
  /** Throws ApiError to refuse, before the connection is upgraded. */
  command(object: KubeObject, options: CommandOptions): RemoteCommand
}

/** Connects to ports where the object runs: portforward. */
export interface PortConnector {
  /** Throws ApiError to refuse, before the connection is upgraded. */
  requirePorts(object: KubeObject): void
  /** Resolves to a connection; throws an Error whose message the client is shown. */
  connect(object: KubeObject, port: number, signal: AbortSignal): Promise<Duplex>
}

/** A request that `nodes/NAME/proxy` passes on. */
export interface NodeRequest {
  node: string
  /** What follows `proxy/`. */
  path: string
  query: URLSearchParams
  signal: AbortSignal
}

export interface NodeAnswer {
  code: number
  contentType: string
  body: string | AsyncIterable<Uint8Array>
}

/** Answers in a kubelet's place. */
export interface NodeConnector {
  /** Throws ApiError to refuse. */
  answer(request: NodeRequest): Promise<NodeAnswer>
}

/** By `plural/subresource`, for instance `pods/log`. */
export interface Connectors {
  text?: Readonly<Record<string, TextConnector | undefined>>
  commands?: Readonly<Record<string, CommandConnector | undefined>>
  ports?: Readonly<Record<string, PortConnector | undefined>>
  nodes?: NodeConnector
}
