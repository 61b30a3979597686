/** A rule's message with its examples and expression, in the shape that upstream's messages have. */
function rule(message: string, expression: string, ...examples: string[]): string {
  const list = examples.map(example => `'${example}', `).join(' or ')
  return `${message} (${list === '' ? '' : `e.g. ${list}`}regex used for validation is '${expression}')`
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const CONFIG_KEY = '[-._a-zA-Z0-9]+'

const WILDCARD = `\\*\\.${SUBDOMAIN}`

const labelPattern = new RegExp(`^${LABEL}$`)
const subdomainPattern = new RegExp(`^${SUBDOMAIN}$`)
const wildcardPattern = new RegExp(`^${WILDCARD}$`)
const label1035Pattern = new RegExp(`^${LABEL_1035}$`)
const qualifiedPattern = new RegExp(`^${QUALIFIED}$`)
const labelValuePattern = new RegExp(`^(${QUALIFIED})?$`)
const configKeyPattern = new RegExp(`^${CONFIG_KEY}$`)

const startAndEnd = 'must start and end with an alphanumeric character'
const labelMessage = rule(
  `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and ${startAndEnd}`,
  LABEL,
  'my-name',
  '123-abc',
)
const subdomainMessage = rule(
  `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${startAndEnd}`,
  SUBDOMAIN,
  'example.com',
)
const wildcardMessage = rule(
  `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character`,
  WILDCARD,
  '*.example.com',
)
const label1035Message = rule(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  LABEL_1035,
  'my-name',
  'abc-123',
)
const qualifiedMessage = rule(
  `must consist of alphanumeric characters, '-', '_' or '.', and ${startAndEnd}`,
  QUALIFIED,
  'MyName',
  'my.name',
  '123-abc',
)
const labelValueMessage = rule(
  `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and ${startAndEnd}`,
  `(${QUALIFIED})?`,
  'MyValue',
  'my_value',
  '12345',
)
const configKeyMessage = rule(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  CONFIG_KEY,
  'key.name',
  'KEY_NAME',
  'key-name',
)

/** Upstream counts the same in two words: those of labels' rules are the newer ones. */
const atMost = (limit: number, unit: 'bytes' | 'characters') => `must be no more than ${limit} ${unit}`

interface Rule {
  limit: number
  pattern: RegExp
  message: string
  unit?: 'bytes' | 'characters'
}

function check(text: string, { limit, pattern, message, unit = 'characters' }: Rule): string[] {
  const problems: string[] = []
  if (text.length > limit) problems.push(atMost(limit, unit))
  if (!pattern.test(text)) problems.push(message)
  return problems
}

const subdomainRule: Rule = { limit: 253, pattern: subdomainPattern, message: subdomainMessage }

/** What is wrong with a DNS-1123 label (names of namespaces, containers, volumes); empty where it is right. */
export const dnsLabelProblems = (text: string): string[] =>
  check(text, { limit: 63, pattern: labelPattern, message: labelMessage })
/** As above for a DNS-1123 subdomain (names of most objects). */
export const dnsSubdomainProblems = (text: string): string[] => check(text, subdomainRule)
/** As above for a subdomain whose first label is `*`. */
export const wildcardProblems = (text: string): string[] =>
  check(text, { limit: 253, pattern: wildcardPattern, message: wildcardMessage })
/** As above for a DNS-1035 label (names of Services in older versions, and CRD kinds in lower case). */
export const dns1035LabelProblems = (text: string): string[] =>
  check(text, { limit: 63, pattern: label1035Pattern, message: label1035Message })
/** As above for the value of a label. */
export const labelValueProblems = (text: string): string[] =>
  check(text, { limit: 63, pattern: labelValuePattern, message: labelValueMessage, unit: 'bytes' })

/** As above for `[prefix/]name`: keys of labels and annotations. */
export function qualifiedNameProblems(text: string): string[] {
  const parts = text.split('/')
  if (parts.length > 2)
    return [
      `a valid label key ${qualifiedMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  const problems: string[] = []
  const name = parts.length === 2 ? (parts[1] ?? '') : text
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') problems.push('prefix part must be non-empty')
    else
      problems.push(
        ...check(prefix, { ...subdomainRule, unit: 'bytes' }).map(problem => `prefix part ${problem}`),
      )
  }
  if (name === '') problems.push('name part must be non-empty')
  else if (name.length > 63) problems.push(`name part ${atMost(63, 'bytes')}`)
  if (!qualifiedPattern.test(name)) problems.push(`name part ${qualifiedMessage}`)
  return problems
}

/** As above for a key of a ConfigMap or Secret. */
export function configKeyProblems(text: string): string[] {
  const problems = check(text, { limit: 253, pattern: configKeyPattern, message: configKeyMessage })
  if (text === '.' || text === '..') problems.push(`must not be '${text}'`)
  else if (text.startsWith('..')) problems.push("must not start with '..'")
  return problems
}

/** As above for the name of an environment variable. */
export const envNameProblems = (text: string): string[] =>
  /^[ -<>-~]+$/.test(text)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]

/** As above for the name of a container's port (RFC 6335). */
export function portNameProblems(text: string): string[] {
  const problems: string[] = []
  if (text.length > 15) problems.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(text))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(text)) problems.push('must contain at least one letter (a-z)')
  if (text.includes('--')) problems.push('must not contain consecutive hyphens')
  if (text.startsWith('-') || text.endsWith('-')) problems.push('must not begin or end with a hyphen')
  return problems
}

export const portNumberProblems = (port: unknown): string[] =>
  Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65535
    ? []
    : ['must be between 1 and 65535, inclusive']

/** As above for names that only have to fit into a URL path (RBAC). */
export function pathSegmentProblems(text: string): string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`]
  return ['/', '%'].filter(char => text.includes(char)).map(char => `may not contain '${char}'`)
}

const underscoreLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const searchDomain = String.raw`${underscoreLabel}(\.${underscoreLabel})*`
const searchDomainPattern = new RegExp(`^${searchDomain}$`)

/** A domain to search names in, which may have underscores. */
export const searchDomainProblems = (text: string): string[] =>
  check(text, {
    limit: 253,
    pattern: searchDomainPattern,
    message: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${searchDomain}')`,
  })
