import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../generated/networking-v1.ts'
import { portNumberProblems } from '../names.ts'
import { invalidValue, notSupported, required } from '../schema/field-error.ts'
import { isInside, notACidr, parseCidr } from './cidr.ts'
import type { Rules } from './rules.ts'

export function checkNetworkPolicy(rules: Rules, { spec }: NetworkPolicy): void {
  rules.selector('spec.podSelector', spec?.podSelector)
  for (const [index, { ports, from }] of (spec?.ingress ?? []).entries())
    checkRule(rules, { field: `spec.ingress[${index}]`, side: 'from', ports, peers: from })
  for (const [index, { ports, to }] of (spec?.egress ?? []).entries())
    checkRule(rules, { field: `spec.egress[${index}]`, side: 'to', ports, peers: to })
  const types = spec?.policyTypes ?? []
  if (types.length > 2)
    rules.invalid('spec.policyTypes', types, ['may not specify more than two policyTypes'])
  else
    for (const [index, type] of types.entries())
      if (type !== 'Ingress' && type !== 'Egress')
        rules.add(notSupported(`spec.policyTypes[${index}]`, type, ['Ingress', 'Egress']))
}

interface Rule {
  field: string
  side: 'from' | 'to'
  ports: readonly NetworkPolicyPort[] | undefined
  peers: readonly NetworkPolicyPeer[] | undefined
}

function checkRule(rules: Rules, { field, side, ports, peers }: Rule): void {
  for (const [index, port] of (ports ?? []).entries()) checkPort(rules, `${field}.ports[${index}]`, port)
  for (const [index, peer] of (peers ?? []).entries()) checkPeer(rules, `${field}.${side}[${index}]`, peer)
}

function checkPort(rules: Rules, field: string, { protocol, port, endPort }: NetworkPolicyPort): void {
  if (protocol !== undefined) rules.oneOf(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])
  if (port === undefined) {
    if (endPort !== undefined)
      rules.invalid(`${field}.endPort`, endPort, ['may not be specified when `port` is not specified'])
    return
  }
  if (typeof port === 'string' && endPort !== undefined)
    rules.invalid(`${field}.endPort`, endPort, ['may not be specified when `port` is non-numeric'])
  rules.port(`${field}.port`, port)
  if (typeof port === 'string' || endPort === undefined) return
  if (endPort < port) rules.invalid(`${field}.endPort`, port, ['must be greater than or equal to `port`'])
  rules.invalid(`${field}.endPort`, endPort, portNumberProblems(endPort))
}

function checkPeer(rules: Rules, field: string, peer: NetworkPolicyPeer): void {
  const { podSelector, namespaceSelector, ipBlock } = peer
  if (podSelector) rules.selector(`${field}.podSelector`, podSelector)
  if (namespaceSelector) rules.selector(`${field}.namespaceSelector`, namespaceSelector)
  if (ipBlock) checkBlock(rules, `${field}.ipBlock`, ipBlock)
  if (!podSelector && !namespaceSelector && !ipBlock) rules.add(required(field, 'must specify a peer'))
  else if (ipBlock && (podSelector || namespaceSelector))
    rules.forbidden(field, 'may not specify both ipBlock and another peer')
}

function checkBlock(rules: Rules, field: string, { cidr, except }: IPBlock): void {
  if (!rules.required(`${field}.cidr`, cidr)) return
  const whole = parseCidr(cidr)
  if (!whole) rules.add(invalidValue(`${field}.cidr`, cidr, notACidr))
  for (const [index, part] of (except ?? []).entries()) {
    const inner = parseCidr(part)
    const at = `${field}.except[${index}]`
    if (!inner) rules.add(invalidValue(at, part, notACidr))
    else if (whole && !isInside(inner, whole))
      rules.add(invalidValue(at, part, 'must be a strict subset of `cidr`'))
  }
}
