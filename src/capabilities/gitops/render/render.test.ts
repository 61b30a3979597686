import { describe, expect, it } from 'vitest'
import { MemoryTree, RecordingTree } from './file-tree.ts'
import { compileGlob } from './glob.ts'
import { render, type Source } from './render.ts'

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
const tree = new MemoryTree({
  'app/a.yaml': `${configMap('a1')}---\n${configMap('a2')}`,
  'app/list.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [] }),
  'app/values.yaml': 'replicas: 3\n',
  'app/readme.md': 'text',
  'app/skip.yaml': `# +argocd:skip-file-rendering\n${configMap('skipped')}`,
  'app/sub/b.yml': configMap('b'),
  'kustom/kustomization.yaml': 'resources: [../app-base]\nnamePrefix: k-\n',
  'app-base/kustomization.yaml': 'resources: [c.yaml]\n',
  'app-base/c.yaml': configMap('c'),
  'chart/Chart.yaml': 'name: x\n',
  'broken/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n bad: [\n',
  'jsonnet/x.jsonnet': '{}',
  'file.yaml': configMap('f'),
})
const source = (fields: Partial<Source>): Source => ({ repoURL: 'x', ...fields })
const names = async (fields: Partial<Source>) =>
  (await render(tree, source(fields))).manifests.map(manifest => manifest.object.metadata.name)

describe('render', () => {
  it.each<[Partial<Source>, string[]]>([
    [{ path: 'app' }, ['a1', 'a2']],
    [{ path: './app/' }, ['a1', 'a2']],
    [{ path: 'app', directory: { recurse: true } }, ['a1', 'a2', 'b']],
    [{ path: 'app', directory: { recurse: true, exclude: 'sub/*' } }, ['a1', 'a2']],
    [{ path: 'app', directory: { recurse: true, include: '{*.yml,x}' } }, ['b']],
    [{ path: 'kustom' }, ['k-c']],
    [{ path: 'kustom', kustomize: { nameSuffix: '-s' } }, ['k-c-s']],
  ])('%j yields %j', async (fields, expected) => expect(await names(fields)).toEqual(expected))

  it.each<[Partial<Source>, string]>([
    [{ path: 'nope' }, 'there is no folder "nope"'],
    [{ path: 'file.yaml' }, 'is a file, not a folder'],
    [{ path: '../x' }, 'outside of the repository'],
    [{ path: 'chart' }, 'is a Helm chart'],
    [{ path: 'app', helm: {} }, 'spec.source.helm is not supported yet'],
    [{ chart: 'x' }, 'spec.source.chart is not supported yet'],
    [{ path: 'broken' }, 'broken/x.yaml:5: not valid YAML'],
    [{ path: 'jsonnet' }, 'Jsonnet is not supported'],
    [
      { path: 'kustom', kustomize: { components: ['x'] } },
      'spec.source.kustomize.components is not supported',
    ],
  ])('%j is refused: %s', async (fields, message) => {
    await expect(names(fields)).rejects.toThrow(message)
  })

  it('looks only at what it needs', async () => {
    const recording = new RecordingTree(tree)
    await render(recording, source({ path: 'kustom' }))
    expect([...recording.seen.keys()].filter(path => path.startsWith('app/'))).toEqual([])
    expect(recording.seen.has('app-base/c.yaml')).toBe(true)
  })

  it.each([
    ['*.yaml', 'a/b.yaml', true],
    ['config-?.yaml', 'config-1.yaml', true],
    ['{a,b}/*', 'b/c', true],
    ['[!a]b', 'ab', false],
    ['x', 'xy', false],
  ])('glob %s on %s: %s', (glob, path, matches) => expect(compileGlob(glob).test(path)).toBe(matches))
})
