import { describe, expect, it } from 'vitest'
import { workingSet } from './node-totals.ts'
import { parsePsLine, parseStat, tableOf, treeOf } from './process-table.ts'
import { ownMemory } from './read-processes.ts'

const row = (pid: number, parent: number, group: number) => ({ pid, parent, group, cpuNanoseconds: 0 })

describe('the table of processes', () => {
  it('reads a line of /proc/PID/stat, whatever the name', () => {
    const line = '42 (a) b (c) S 7 40 40 0 -1 4194304 100 0 0 0 3 4 5 6 20 0 1 0 999 10000 200'
    expect(parseStat(line)).toEqual({ pid: 42, parent: 7, group: 40, cpuNanoseconds: 180_000_000 })
    expect(parseStat('')).toBeUndefined()
  })

  it.each([
    [
      '  5  1  5   0:01.50   2048',
      { pid: 5, parent: 1, group: 5, cpuNanoseconds: 1.5e9, residentBytes: 2_097_152 },
    ],
    [' 5 1 5 01:00:02 1', { pid: 5, parent: 1, group: 5, cpuNanoseconds: 3602e9, residentBytes: 1024 }],
    [' 5 1 5 1-00:00:02 1', { pid: 5, parent: 1, group: 5, cpuNanoseconds: 86_402e9, residentBytes: 1024 }],
    ['PID PPID', undefined],
  ])('reads a line of ps: %s', (line, expected) => expect(parsePsLine(line)).toEqual(expected))

  it('finds what a process has started, and its group where the parent has gone', () => {
    const table = tableOf([
      row(1, 0, 1),
      row(10, 1, 10),
      row(11, 10, 10),
      row(12, 11, 12),
      row(13, 1, 10),
      row(20, 1, 20),
    ])
    expect(
      treeOf(table, 10)
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual([10, 11, 12, 13])
    expect(treeOf(table, 99)).toEqual([])
  })

  it('counts memory that is not of files', () => {
    expect(ownMemory('VmRSS:\t  900 kB\nRssAnon:\t     100 kB\nRssFile:\t 750 kB\nRssShmem:\t 50 kB\n')).toBe(
      153_600,
    )
    expect(
      workingSet('MemTotal:  1000 kB\nMemFree:  200 kB\nInactive:  900 kB\nInactive(file):   300 kB\n'),
    ).toBe(512_000)
  })
})
