import { isIPv4, isIPv6 } from 'node:net'

const patterns: Readonly<Record<string, RegExp>> = {
  'date-time': /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  email: /^[^@\s]+@[^@\s]+$/,
  hostname:
    /^(?=.{1,253}$)[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*$/,
  mac: /^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/,
  uuid: /^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}$/,
  uuid3: /^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?3[0-9A-Fa-f]{3}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}$/,
  uuid4: /^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?4[0-9A-Fa-f]{3}-?[89ABab][0-9A-Fa-f]{3}-?[0-9A-Fa-f]{12}$/,
  uuid5: /^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?5[0-9A-Fa-f]{3}-?[89ABab][0-9A-Fa-f]{3}-?[0-9A-Fa-f]{12}$/,
  duration: /^[-+]?(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d|w))+$|^0$/,
  bsonobjectid: /^[0-9A-Fa-f]{24}$/,
  hexcolor: /^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$/,
}

function isCidr(text: string): boolean {
  const slash = text.lastIndexOf('/')
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return false
  const [address, bits] = [text.slice(0, slash), Number(text.slice(slash + 1))]
  return (isIPv4(address) && bits <= 32) || (isIPv6(address) && bits <= 128)
}

/** Whether a string is of the format; formats that upstream does not know are never wrong. */
export function matchesFormat(format: string, text: string): boolean {
  switch (format) {
    case 'ipv4':
      return isIPv4(text)
    case 'ipv6':
      return isIPv6(text)
    case 'ip':
      return isIPv4(text) || isIPv6(text)
    case 'cidr':
      return isCidr(text)
    case 'uri':
      return /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text) || text.startsWith('/')
    case 'datetime':
    case 'date-time':
      return patterns['date-time']?.test(text) === true && !Number.isNaN(Date.parse(text))
    case 'date':
      return patterns.date?.test(text) === true && !Number.isNaN(Date.parse(text))
    default:
      return patterns[format]?.test(text) ?? true
  }
}
