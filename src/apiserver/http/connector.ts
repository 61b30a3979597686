import type { KubeObject } from '../../kube/object.ts'

/** Answers a subresource with a stream of text from where the object runs, for instance a pod's log. */
export interface TextConnector {
  /** Throws ApiError before the first chunk to refuse. */
  read(object: KubeObject, query: URLSearchParams, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** By `plural/subresource`, for instance `pods/log`. */
export type Connectors = Readonly<Record<string, TextConnector | undefined>>
