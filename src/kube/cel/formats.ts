import type { NamedFormat } from '../../languages/cel/builtins/formats.ts'
import {
  dns1035LabelProblems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from '../names.ts'
import { matchesFormat } from '../schema/formats.ts'

type Problems = NamedFormat['problems']

/** Names that are made by adding to a prefix may end in a hyphen. */
const ofPrefix =
  (problems: Problems): Problems =>
  text =>
    problems(text.replace(/-$/, 'a'))

const ofSchema =
  (format: string, problem: string): Problems =>
  text =>
    matchesFormat(format, text) ? [] : [problem]

const named = (name: string, regexLength: number, problems: Problems): NamedFormat => ({
  name,
  regexLength,
  problems,
})

/** The formats of Kubernetes' format library, by their names in expressions. */
export const namedFormats: Readonly<Record<string, NamedFormat>> = {
  dns1123Label: named('DNS1123Label', 30, dnsLabelProblems),
  dns1123Subdomain: named('DNS1123Subdomain', 60, dnsSubdomainProblems),
  dns1035Label: named('DNS1035Label', 30, dns1035LabelProblems),
  qualifiedName: named('QualifiedName', 60, qualifiedNameProblems),
  dns1123LabelPrefix: named('DNS1123LabelPrefix', 30, ofPrefix(dnsLabelProblems)),
  dns1123SubdomainPrefix: named('DNS1123SubdomainPrefix', 60, ofPrefix(dnsSubdomainProblems)),
  dns1035LabelPrefix: named('DNS1035LabelPrefix', 30, ofPrefix(dns1035LabelProblems)),
  labelValue: named('LabelValue', 40, labelValueProblems),
  uri: named('URI', 1000, ofSchema('uri', 'invalid URI for request')),
  uuid: named('uuid', 100, ofSchema('uuid', 'does not match the UUID format')),
  byte: named('byte', 100, ofSchema('byte', 'invalid base64')),
  date: named('date', 100, ofSchema('date', 'invalid date')),
  datetime: named('datetime', 100, ofSchema('date-time', 'invalid datetime')),
}
