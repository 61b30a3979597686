import { isIPv4, isIPv6 } from 'node:net'
import { isCreditCard, isIsbn10, isIsbn13 } from './check-digits.ts'

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const shortName = new RegExp(`^${LABEL}$`)
const longName = new RegExp(`^${LABEL}(\\.${LABEL})*$`)
const BYTE = '\\s*(\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])\\s*'

const is =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text)

/** Without a zone, which Go's net.ParseIP does not take. */
const isPlainIPv6 = (text: string): boolean => isIPv6(text) && !text.includes('%')

function isCidr(text: string): boolean {
  const slash = text.lastIndexOf('/')
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return false
  const [address, bits] = [text.slice(0, slash), Number(text.slice(slash + 1))]
  return (isIPv4(address) && bits <= 32) || (isPlainIPv6(address) && bits <= 128)
}

const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}](-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?|([a-zA-Z0-9\p{S}\p{L}]([-a-zA-Z0-9\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63})$/u

function isHostname(text: string): boolean {
  const bytes = (part: string) => Buffer.byteLength(part)
  return hostname.test(text) && bytes(text) <= 255 && text.split('.').every(part => bytes(part) <= 63)
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  // Date.parse takes the 31st of a shorter month for the next month's first.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t')
  return isDate(date) && /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(.\d+)?(z|[+-]\d{2}:\d{2})$/.test(time)
}

/** As Go's time.ParseDuration reads them, and as Scala writes them: `1.5h`, `2 weeks`. */
const isDuration = is(
  /^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$|\d+\s*(n(s|ano)|[uµ]s|mic|ms|mil|s|m|h|d|w)/i,
)

/** An absolute URI or an absolute path, as net/url's ParseRequestURI takes them. */
const isUri = is(/^([A-Za-z][A-Za-z0-9+.-]*:[^\s\p{Cc}]+|\/[^\p{Cc}]*)$/u)

/** The formats of strings that definitions may ask for, by name without hyphens (upstream's formats.go). */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: is(/^[0-9A-Fa-f]{24}$/),
  uri: isUri,
  email: is(/^([^<>]*<)?[^@\s<>]+@[^@\s<>]+>?$/),
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isPlainIPv6,
  cidr: isCidr,
  mac: is(
    /^[0-9A-Fa-f]{2}(([:-])[0-9A-Fa-f]{2})((\2[0-9A-Fa-f]{2}){4}|(\2[0-9A-Fa-f]{2}){6}|(\2[0-9A-Fa-f]{2}){18})$|^[0-9A-Fa-f]{4}((\.[0-9A-Fa-f]{4}){2}|(\.[0-9A-Fa-f]{4}){3}|(\.[0-9A-Fa-f]{4}){9})$/,
  ),
  uuid: is(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  uuid3: is(/^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  uuid4: is(/^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i),
  uuid5: is(/^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i),
  isbn: text => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: is(/^\d{3}[- ]\d{2}[- ]\d{4}$/),
  hexcolor: is(/^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$/),
  rgbcolor: is(new RegExp(`^rgb\\(${BYTE},${BYTE},${BYTE}\\)$`)),
  byte: is(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: text => text.length <= 63 && shortName.test(text),
  k8slongname: text => text.length <= 253 && longName.test(text),
}

const ofNumbers: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
}

/** Whether values of the type are held to the format; all others are only documentation. */
export function isKnownFormat(type: string | undefined, format: string): boolean {
  if (type === undefined || type === '' || type === 'string')
    return Object.hasOwn(formats, format.replaceAll('-', ''))
  return ofNumbers[type]?.includes(format) ?? false
}

/** Whether a string is of the format; formats that upstream does not know are never wrong. */
export function matchesFormat(format: string, text: string): boolean {
  const name = format.replaceAll('-', '')
  return Object.hasOwn(formats, name) ? formats[name]?.(text) === true : true
}
