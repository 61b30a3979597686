/** Letters of generated names and hashes, as Kubernetes makes them. */
const LETTER = '[bcdfghjklmnpqrstvwxz2456789]'

/**
 * What kubectl printed, without what differs from run to run: uids, times, ages, revisions, addresses, generated
 * suffixes, the server's address, and the width of columns.
 */
export function normalised(text: string, server: string): string[] {
  return text
    .replaceAll(server, '<server>')
    .replaceAll(server.replace(/^https:\/\//, ''), '<server>')
    .split('\n')
    .map(line => line.trimEnd())
    .filter((line, index, all) => line !== '' || index < all.length - 1)
    .filter((_, index, all) => !isOfDifference(all, index))
    .map(line =>
      line
        .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
        .replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>')
        .replace(/(resourceVersion\\?"?: ?\\?"?)\d+/g, '$1<revision>')
        .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, '<time>')
        .replace(/(pod-template-hash[=:] ?"?)\w+/g, '$1<hash>')
        .replace(/:3[0-2]\d{3}\/(TCP|UDP)/g, ':<node port>/$1')
        // Upstream shows values as Go structures, Drave as JSON.
        .replace(/(Invalid value: )[[{].*[\]}](: )/, '$1<structure>$2')
        .replace(/(patch: Invalid value: )("\{.*\}")(: )/, sortedDocument)
        .replace(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g, '<ip>')
        .replace(
          new RegExp(`-(?:${LETTER}{8,10}|${LETTER}{8,10}-${LETTER}{5}|${LETTER}{5})\\b`, 'g'),
          '-<suffix>',
        )
        .replace(/(^|\s|\()(?:\d+(?:ms|[smhd]))+(?=\s|$|\))/g, '$1<age>')
        .replace(/(\S) {2,}/g, '$1  '),
    )
}

/** A patched object that is shown in full, with its keys in order: theirs says nothing. */
function sortedDocument(line: string, before: string, quoted: string, after: string): string {
  try {
    const sorted = (_: string, value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value
    const text = JSON.stringify(JSON.parse(JSON.parse(quoted) as string), sorted)
    return `${before}${JSON.stringify(text)}${after}`
  } catch {
    return line
  }
}

/** Upstream shows how Go structures differ behind some refusals: lines from `@@` on to an empty one. */
function isOfDifference(lines: readonly string[], index: number): boolean {
  const start = lines.findLastIndex((line, at) => at <= index && line.startsWith('@@ '))
  if (start < 0) return false
  const end = lines.indexOf('', start)
  return index < (end < 0 ? lines.length : end + 1)
}
