import type { Command, FlagSpec } from '../kernel/command.ts'
import { globalFlags } from './global-flags.ts'

const line = (left: string, right: string, width: number) => `  ${left.padEnd(width)}  ${right}`.trimEnd()

/** The text of `drave --help`: verbs by noun. */
export function overview(commands: readonly Command[], summary: string): string {
  const rows = commands.map(command => ({ left: command.path.join(' '), right: command.summary }))
  const width = Math.max(...rows.map(row => row.left.length))
  return [
    summary,
    '',
    'Usage: drave VERB [ARGUMENT…] [--flag…]',
    '',
    'Verbs:',
    ...rows.map(row => line(row.left, row.right, width)),
    '',
    'Flags of every verb:',
    ...flagLines(globalFlags),
    '',
    'Run `drave VERB --help` for the flags and examples of a verb.',
  ].join('\n')
}

/** The text of `drave VERB --help`. */
export function commandHelp(command: Command): string {
  const own = command.flags ?? {}
  return [
    command.summary,
    '',
    `Usage: drave ${command.path.join(' ')}${command.usage ? ` ${command.usage}` : ''}`,
    ...(Object.keys(own).length > 0 ? ['', 'Flags:', ...flagLines(own)] : []),
    '',
    'Flags of every verb:',
    ...flagLines(globalFlags),
    '',
    'Examples:',
    ...command.examples.map(example => `  ${example}`),
  ].join('\n')
}

function flagLines(flags: Readonly<Record<string, FlagSpec>>): string[] {
  const rows = Object.entries(flags).map(([name, spec]) => ({
    left: `${spec.short ? `-${spec.short}, ` : '    '}--${name}${spec.value ? ` ${spec.value}` : ''}`,
    right:
      spec.summary +
      (spec.default === undefined ? '' : ` (default ${spec.default})`) +
      (spec.many ? '; may be repeated' : ''),
  }))
  const width = Math.max(...rows.map(row => row.left.length))
  return rows.map(row => line(row.left, row.right, width))
}
