import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilities } from './capabilities.ts'
import { type Access, kernelAccess, publishing, READ, resolving } from './kernel/access.ts'

interface Need {
  kind: string
  verb: string
  subresource: string | undefined
}

/** What a call of the client needs by RBAC: `find` is a get, a deletion of many is one by one. */
const VERBS: Record<string, string> = { find: 'get' }
/** Its rights are the user's, or it is no part of the product. */
const ELSEWHERE = /(^|\/)(commands|testing)\/|\.(test|fixture)\.ts$|testing\.ts$/

/** The calls in a source text that reach the API, with kinds named by constants. */
function needsOf(text: string): Need[] {
  const needs: Need[] = []
  const watched = /(?:informers\s*\.for|objectsOf|mappedFrom|ownedBy\(\w+,)\s*\(?\s*([A-Z]\w+)/g
  for (const [, kind = ''] of text.matchAll(watched))
    for (const verb of READ) needs.push({ kind, verb, subresource: undefined })
  const calls = /client\s*\.(get|find|list|watch|create|update|patch|delete)\(\s*([A-Z]\w+)/g
  for (const call of text.matchAll(calls)) {
    const [, verb = '', kind = ''] = call
    const subresource = /subresource: '(\w+)'/.exec(argumentsAt(text, call.index))?.[1]
    needs.push({ kind, verb: VERBS[verb] ?? verb, subresource })
  }
  return needs
}

/** The text from a call's name to its closing parenthesis. */
function argumentsAt(text: string, start: number): string {
  let depth = 0
  for (let at = text.indexOf('(', start); at < text.length; at++) {
    if (text[at] === '(') depth++
    if (text[at] === ')' && --depth === 0) return text.slice(start, at)
  }
  return text.slice(start)
}

const isCovered = (access: readonly Access[], { kind, verb, subresource }: Need): boolean =>
  access.some(
    right =>
      right.subresource === subresource &&
      (right.verbs as readonly string[]).includes(verb) &&
      right.kinds.some(candidate => candidate.kind.toLowerCase() === kind.toLowerCase()),
  )

const sourcesOf = (folder: string): [string, string][] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !ELSEWHERE.test(name))
    .map(name => [name, readFileSync(join(folder, name), 'utf8')])

function missing(folder: string, access: readonly Access[]): string[] {
  return sourcesOf(folder).flatMap(([name, text]) => {
    const shared = [
      ...(text.includes('await publishSystemService(') ? rightsOf(publishing) : []),
      ...(text.includes('resolveServiceUrl(client') ? rightsOf(resolving) : []),
    ]
    return [...needsOf(text), ...shared]
      .filter(need => !isCovered(access, need))
      .map(({ kind, verb, subresource }) => `${name}: ${verb} ${kind}${subresource ? `/${subresource}` : ''}`)
  })
}
const rightsOf = ({ kinds, verbs }: Access): Need[] =>
  kinds.flatMap(({ kind }) => verbs.map(verb => ({ kind, verb, subresource: undefined })))

describe('rights that capabilities declare', () => {
  const onClusters = capabilities.filter(({ embeddedOnly }) => embeddedOnly === undefined)

  it.each(onClusters)('$name covers every kind that it watches, reads or writes', ({ name, access = [] }) => {
    expect(missing(join(import.meta.dirname, 'capabilities', name), access)).toEqual([])
  })

  it('the kernel covers its own', () => {
    const rights = [...kernelAccess, publishing, resolving]
    expect(missing(join(import.meta.dirname, 'kernel'), rights)).toEqual([])
  })

  it('are found where they are needed', () => {
    const text = `informers.for(Pod); kernel.client.patch(Rollout, { name }, { status }, { subresource: 'status' })
      await client.find(Secret, f(x))`
    expect(needsOf(text).map(({ kind, verb, subresource }) => [kind, verb, subresource])).toEqual([
      ['Pod', 'get', undefined],
      ['Pod', 'list', undefined],
      ['Pod', 'watch', undefined],
      ['Rollout', 'patch', 'status'],
      ['Secret', 'get', undefined],
    ])
  })
})
