import { signal } from '@preact/signals'

const STORED = 'drave-token'

/** The bearer token of this browser tab. It arrives in the link's fragment, which no server and no log ever sees. */
export const token = signal<string | undefined>(takeToken())

function takeToken(): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const given = fragment.get('token')
  if (given) {
    sessionStorage.setItem(STORED, given)
    history.replaceState(history.state, '', location.pathname + location.search)
  }
  return given ?? sessionStorage.getItem(STORED) ?? undefined
}

export function forgetToken(): void {
  sessionStorage.removeItem(STORED)
  token.value = undefined
}

/** A refusal of the API, in its own words. */
export class RequestError extends Error {
  override name = 'RequestError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  contentType?: string
  accept?: string
  signal?: AbortSignal
}

/** Sends a request with the tab's token. Throws RequestError with the Status' message. */
export async function send(path: string, call: Call = {}): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${token.value ?? ''}` }
  if (call.accept) headers.accept = call.accept
  if (call.body !== undefined) headers['content-type'] = call.contentType ?? 'application/json'
  const response = await fetch(path, {
    method: call.method ?? 'GET',
    headers,
    body: call.body === undefined ? null : JSON.stringify(call.body),
    signal: call.signal ?? null,
  })
  if (response.ok) return response
  const text = await response.text()
  if (response.status === 401) forgetToken()
  throw new RequestError(response.status, messageOf(text) ?? `${response.status} ${response.statusText}`)
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal ? { signal } : {})
  return response.json() as Promise<T>
}

function messageOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message)
    if (typeof value === 'object' && value !== null && 'error' in value) return String(value.error)
  } catch {
    return text.trim() || undefined
  }
  return undefined
}
