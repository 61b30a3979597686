import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { fileOfVolume, variableInFile } from './env-file.ts'

describe('a variable of a file', () => {
  it.each([
    ["A='1'", '1'],
    ["B='2'\n\n  # no\n  A='1 # in' # out", '1 # in'],
    ["A='one\ntwo'\nB='2'", 'one\ntwo'],
    ["A='$HOME \\n'", '$HOME \\n'],
    ["A='1'\nA='2'", '1'],
    ["A= '1'", undefined],
    ["A=''", undefined],
    ["B='2'", undefined],
    ['', undefined],
  ])('of %j is %j', (text, expected) => {
    expect(variableInFile(text, 'A')).toBe(expected)
  })

  it.each([
    ['A', 'line 1'],
    ["\n='1'", 'line 2'],
    ["A ='1'", 'line 1: it is not'],
    ['A=1', 'single quotes'],
    ['A="1"', 'single quotes'],
    ["B='2' 3", 'something follows'],
    ["A='1\n2\n3", 'line 1: the quote'],
  ])('is not read of %j', (text, message) => {
    expect(() => variableInFile(text, 'A')).toThrow(ConfigError)
    expect(() => variableInFile(text, 'A')).toThrow(message)
  })
})

describe('a file of a volume', () => {
  let volume: string
  beforeAll(() => {
    volume = mkdtempSync(join(tmpdir(), 'drave-volume-'))
    writeFileSync(join(volume, 'a'), 'text')
    symlinkSync('/etc/passwd', join(volume, 'out'))
    symlinkSync('a', join(volume, 'in'))
  })
  afterAll(() => rmSync(volume, { recursive: true, force: true }))

  it('is read, also by a link inside', () => {
    expect([fileOfVolume(volume, 'a'), fileOfVolume(volume, 'in')]).toEqual(['text', 'text'])
  })

  it.each(['out', '../x', '.', 'missing'])('is not read at %s', path => {
    expect(() => fileOfVolume(volume, path)).toThrow("couldn't parse env file")
  })

  it.runIf(process.platform === 'linux')('is not waited for when it is a pipe', () => {
    execFileSync('mkfifo', [join(volume, 'pipe')])
    expect(() => fileOfVolume(volume, 'pipe')).toThrow('no file')
  })
})
