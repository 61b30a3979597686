import { describe, expect, it } from 'vitest'
import {
  configKeyProblems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  envNameProblems,
  labelValueProblems,
  pathSegmentProblems,
  portNameProblems,
  qualifiedNameProblems,
} from './names.ts'

describe('names', () => {
  it.each([
    [dnsLabelProblems, ['a', 'a-1', '1a'], ['A', 'a.b', '-a', 'a'.repeat(64), '']],
    [dnsSubdomainProblems, ['a', 'a.b-c.d'], ['a..b', 'A', 'a_', 'a'.repeat(254)]],
    [labelValueProblems, ['', 'a', 'A_b.c-1'], ['-a', 'a b', 'a'.repeat(64)]],
    [qualifiedNameProblems, ['a', 'example.com/A_b'], ['', '/a', 'a/', 'a/b/c', 'A/b', '-']],
    [configKeyProblems, ['a.b', '_', 'A-1'], ['', 'a/b', '..', '.', '..a']],
    [envNameProblems, ['A', 'a.b c', '1'], ['', 'a=b', 'é']],
    [portNameProblems, ['http', 'a-1'], ['', '80', 'a--b', '-a', 'HTTP', 'abcdefghijklmnop']],
    [pathSegmentProblems, ['system:a b'], ['.', 'a/b', 'a%']],
  ])('%o', (problems, right, wrong) => {
    for (const text of right) expect([text, problems(text)]).toEqual([text, []])
    for (const text of wrong) expect([text, problems(text).length > 0]).toEqual([text, true])
  })
  it('speaks as upstream', () =>
    expect(dnsLabelProblems('A')).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]))
})
