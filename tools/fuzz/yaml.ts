import { stringify } from 'yaml'
import { equalJson } from '../../src/kube/copy.ts'
import { ManifestError, parseManifests } from '../../src/kube/manifest.ts'
import { answered, type Fuzz, holds, property } from './property.ts'
import type { Random } from './random.ts'
import { jsonValue, mutated } from './values.ts'

const alphabet = [
  ...':-?,[]{}#&*!|>\'"%@` \n\t~<',
  '---\n',
  '...\n',
  '- ',
  '&a ',
  '*a',
  '<<: *a',
  '!!binary ',
  '!!js ',
  '0o7',
  '1e3',
  '.inf',
  'yes',
  '2026-01-01',
  '\u0000',
  '\ufeff',
  '? ',
]
const manifest = (random: Random): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a' },
  data: jsonValue(random, 3),
})

export const yamlFuzz: Fuzz = {
  properties: [
    property<string>({
      name: 'a manifest is read or refused with its place',
      generate: random =>
        mutated(random, random.list(3, () => stringify(manifest(random))).join('---\n'), alphabet),
      check(text) {
        const read = answered(() => parseManifests(text, 'file.yaml'), ManifestError)
        for (const { object, line } of read ?? []) {
          holds(line > 0, 'no line')
          JSON.stringify(object)
        }
      },
    }),
    property<Record<string, unknown>>({
      name: 'JSON is YAML',
      generate: random => ({
        ...manifest(random),
        data: random.list(4, () => random.pick(['a', 1, true, null, 'no', '1e3'])),
      }),
      check(value) {
        if (!value['apiVersion'] || !value['kind']) return
        const read = answered(() => parseManifests(JSON.stringify(value), 'file.json'), ManifestError)
        holds(!read || equalJson(read[0]?.object, value), `became ${JSON.stringify(read?.[0]?.object)}`)
      },
    }),
  ],
}
