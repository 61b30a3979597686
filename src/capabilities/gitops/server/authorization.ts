import { readFile } from 'node:fs/promises'
import { equalSecrets } from '../../../lib/equal-secrets.ts'

/** The password (Basic) or token (Bearer) in an Authorization header, or undefined. */
export function secretOf(header: string | undefined): string | undefined {
  const [scheme = '', value = ''] = (header ?? '').split(' ', 2)
  if (/^bearer$/i.test(scheme)) return value
  if (!/^basic$/i.test(scheme)) return undefined
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  return colon < 0 ? undefined : decoded.slice(colon + 1)
}

/** Checks a request's secret against a token file, read each time so that a changed token counts at once. */
export async function holdsToken(header: string | undefined, tokenFile: string): Promise<boolean> {
  const secret = secretOf(header)
  if (secret === undefined || secret === '') return false
  const token = (await readFile(tokenFile, 'utf8').catch(() => '')).trim()
  return token !== '' && equalSecrets(secret, token)
}
