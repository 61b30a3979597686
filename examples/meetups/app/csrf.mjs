import { randomBytes, timingSafeEqual } from 'node:crypto'
import { HttpError } from './http.mjs'

const COOKIE = 'meetups-form'

/**
 * The token of a visitor's forms: what is in the cookie, or a new one. Comparing form and cookie needs no secret and no
 * session, so that any replica can answer a form that another one sent.
 * @param {Record<string, string>} cookies
 */
export function formToken(cookies) {
  const known = cookies[COOKIE]
  return known && /^[\w-]{24,64}$/.test(known) ? known : randomBytes(24).toString('base64url')
}

export const formCookie = COOKIE

/**
 * Refuses a form that another site sent: by what the browser says about its origin, and by the token.
 * @param {import('node:http').IncomingMessage} request
 * @param {Record<string, string>} cookies
 * @param {URLSearchParams} form
 */
export function checkForm(request, cookies, form) {
  const site = request.headers['sec-fetch-site']
  const origin = request.headers.origin
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && origin !== 'null' && hostOf(origin) !== request.headers.host)
  const sent = Buffer.from(form.get('token') ?? '')
  const kept = Buffer.from(cookies[COOKIE] ?? '')
  const isSame = kept.length > 0 && sent.length === kept.length && timingSafeEqual(sent, kept)
  if (isForeign || !isSame)
    throw new HttpError(403, 'This form was not sent from our page. Please open the page again and retry.')
}

/** @param {string} origin */
function hostOf(origin) {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
