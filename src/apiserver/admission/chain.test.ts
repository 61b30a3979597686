import { expect, it } from 'vitest'
import type { AdmissionPlugin } from '../admission.ts'
import { AdmissionChain } from './chain.ts'

const plugin = (name: string): AdmissionPlugin => ({ name, handles: () => true })
const names = (chain: AdmissionChain) => chain.plugins.map(({ name }) => name)

it("asks in upstream's order, and others before the validating webhooks", () => {
  const own = [
    'ResourceQuota',
    'ValidatingAdmissionWebhook',
    'MutatingAdmissionWebhook',
    'Priority',
    'ServiceAccount',
  ]
  const added = [plugin('gatekeeper')]
  const chain = new AdmissionChain(added)
  chain.add(...own.map(plugin))
  expect(names(chain)).toEqual([
    'ServiceAccount',
    'Priority',
    'MutatingAdmissionWebhook',
    'gatekeeper',
    'ValidatingAdmissionWebhook',
    'ResourceQuota',
  ])
  added.push(plugin('LimitRanger'), plugin('second'))
  expect(names(chain)).toEqual([
    'LimitRanger',
    'ServiceAccount',
    'Priority',
    'MutatingAdmissionWebhook',
    'gatekeeper',
    'second',
    'ValidatingAdmissionWebhook',
    'ResourceQuota',
  ])
})
