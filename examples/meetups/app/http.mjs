/** A request that cannot be served, with the status to answer. */
export class HttpError extends Error {
  name = 'HttpError'
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

const MAX_FORM_BYTES = 8 * 1024

/** @param {import('node:http').IncomingMessage} request @returns {Record<string, string>} */
export function cookiesOf(request) {
  /** @type {Record<string, string>} */
  const cookies = {}
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0) cookies[pair.slice(0, at).trim()] = pair.slice(at + 1).trim()
  }
  return cookies
}

/** @param {string} name @param {string} value @param {number} [maxAgeSeconds] */
export const setCookie = (name, value, maxAgeSeconds) =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${maxAgeSeconds ? `; Max-Age=${maxAgeSeconds}` : ''}`

/**
 * Reads a form. Refuses other content types and bodies over 8 KiB.
 * @param {import('node:http').IncomingMessage} request
 */
export async function readForm(request) {
  const type = (request.headers['content-type'] ?? '').split(';')[0]
  if (type !== 'application/x-www-form-urlencoded')
    throw new HttpError(415, 'The form came in a format we do not read.')
  /** @type {Buffer[]} */
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_FORM_BYTES) throw new HttpError(413, 'The form is too long.')
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

/**
 * @typedef {object} Reply
 * @property {number} [status]
 * @property {string} [type]
 * @property {string | Buffer} body
 * @property {Record<string, string>} [headers]
 * @property {string[]} [cookies]
 */

/** @param {import('./html.mjs').Html} page @param {Partial<Reply>} [more] @returns {Reply} */
export const page = (page, more) => ({ type: 'text/html; charset=utf-8', body: page.text, ...more })

/** @param {string} location @param {string[]} [cookies] @returns {Reply} */
export const redirect = (location, cookies) => ({
  status: 303,
  body: '',
  headers: { location },
  ...(cookies ? { cookies } : {}),
})
