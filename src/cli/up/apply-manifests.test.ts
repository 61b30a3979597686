import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startTestKernel } from '../../kernel/testing.ts'
import { applyManifests, describeOutcomes } from './apply-manifests.ts'
import { readManifests } from './read-manifests.ts'

const configMap = (name: string, namespace: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\n`

describe('drave up PATH', () => {
  it('applies what it can, in an order that works, and says where the rest is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drave-up-'))
    mkdirSync(join(folder, 'nested'))
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
    write(
      'a.yaml',
      `${configMap('one', 'shop')}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n`,
    )
    write('b.yml', 'apiVersion: nowhere.example/v1\nkind: Thing\nmetadata: {name: x}\n')
    write('nested/broken.yaml', 'kind: [\n')
    write(
      'nested/selector.yaml',
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: Bad_Name}\nspec: {}\n',
    )
    write('package.json', '{"name": "not-a-manifest"}')
    write('kustomization.yaml', 'resources: [a.yaml]\n')
    try {
      const read = await readManifests([folder])
      await using stack = await startTestKernel()
      const outcomes = await applyManifests(
        stack.kernel.client,
        read.manifests,
        kind => kind.kind === 'Namespace',
      )
      const lines = describeOutcomes(outcomes, read.refused)
        .join('\n')
        .replaceAll(/\S*drave-up-[^/]+\//g, '')
      expect(lines).toContain('recognised (1):\n  Namespace shop')
      expect(lines).toContain('nothing in Drave acts on them (1):\n  ConfigMap shop/one')
      expect(lines).toContain('refused (4):')
      expect(lines).toContain('b.yml:1: Thing x: no kind "Thing" in nowhere.example/v1 is served')
      expect(lines).toContain('nested/broken.yaml:2: not valid YAML')
      expect(lines).toContain('nested/selector.yaml:1: StatefulSet Bad_Name')
      expect(lines).toContain('kustomization.yaml: a kustomization is built by an Application')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses a path that is not there', async () => {
    await expect(readManifests(['/no/such/path'])).rejects.toThrow('/no/such/path: no such file or directory')
  })
})
