/** YAML of a JSON value, for reading: block style, strings quoted only where YAML would read them as something else. */
export function toYaml(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return value.map(item => `${indent}- ${nested(item, `${indent}  `).trimStart()}`).join('\n')
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    if (entries.length === 0) return '{}'
    return entries.map(([key, item]) => `${indent}${scalar(key)}:${after(item, indent)}`).join('\n')
  }
  return typeof value === 'string' ? text(value, indent) : String(value)
}

const isBranch = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

function after(value: unknown, indent: string): string {
  if (!isBranch(value)) return ` ${toYaml(value, indent)}`
  return Array.isArray(value) ? `\n${toYaml(value, indent)}` : `\n${toYaml(value, `${indent}  `)}`
}

const nested = (value: unknown, indent: string): string => toYaml(value, indent)

function text(value: string, indent: string): string {
  if (!value.includes('\n')) return scalar(value)
  const lines = value.replace(/\n$/, '').split('\n')
  return `|${value.endsWith('\n') ? '' : '-'}\n${lines.map(line => (line === '' ? '' : `${indent}  ${line}`)).join('\n')}`
}

const PLAIN = /^[A-Za-z0-9_./$(){}<>=~^@+-][A-Za-z0-9 _./$(){}<>=~^@+,;!?|%*&'"-]*(?::[A-Za-z0-9_./-]+)*$/
const OTHER_TYPE =
  /^(?:true|false|yes|no|on|off|null|~|[-+]?(?:\d[\d_]*)?\.?\d+(?:[eE][-+]?\d+)?|0x[\da-fA-F]+|\d{4}-\d\d-\d\d.*|[-?]( .*)?|=)$/i

function scalar(value: string): string {
  return PLAIN.test(value) && !OTHER_TYPE.test(value) && !/\s$| #/.test(value) ? value : JSON.stringify(value)
}
