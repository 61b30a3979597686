/** One sample of a metric family; `at` in milliseconds since the epoch. */
export interface Sample {
  labels?: Readonly<Record<string, string>> | undefined
  value: number
  at?: number | undefined
}

export interface Family {
  name: string
  help: string
  type: 'counter' | 'gauge'
  samples: readonly Sample[]
}

/** The text exposition format 0.0.4 of Prometheus; families without samples are left out. */
export const exposition = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map(
      ({ name, help, type, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map(sample => `${name}${line(sample)}\n`).join('')}`,
    )
    .join('')

function line({ labels, value, at }: Sample): string {
  const pairs = Object.entries(labels ?? {}).map(([name, text]) => `${name}="${escaped(text)}"`)
  return `${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}${at === undefined ? '' : ` ${at}`}`
}

const escaped = (text: string) => text.replace(/[\\"\n]/g, one => (one === '\n' ? '\\n' : `\\${one}`))
