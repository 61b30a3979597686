import { describe, expect, it } from 'vitest'
import type { ManifestObject } from '../../../../kube/manifest.ts'
import { MemoryTree } from '../file-tree.ts'
import { buildKustomization } from './build.ts'

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: registry.io:5000/nginx:1
        env: [{name: A, value: "1"}]
        envFrom: [{configMapRef: {name: settings}}]
      volumes: [{name: v, secret: {secretName: keys}}]
`
const service = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}
`
const base = { 'd.yaml': deployment, 's.yaml': service }

async function build(kustomization: string, more: Record<string, string> = {}, folder = '') {
  const manifests = await buildKustomization(
    new MemoryTree({ ...base, 'kustomization.yaml': kustomization, ...more }),
    folder,
  )
  return Object.fromEntries(
    manifests.map(({ object }) => [
      `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      object,
    ]),
  )
}
const at = (object: ManifestObject | undefined, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], object)
const podSpec = ['spec', 'template', 'spec'] as const

describe('buildKustomization', () => {
  it('gives generated objects the suffixes that kustomize gives them, and references follow', async () => {
    // The suffixes are those that `kubectl kustomize` (kustomize 5.5.0) printed for the same input.
    const built = await build(`namePrefix: p-
resources: [d.yaml]
configMapGenerator:
- name: settings
  literals: [a=1, "b=<x>&'q'"]
- name: empty
secretGenerator:
- name: keys
  literals: [a=1]
`)
    expect(Object.keys(built)).toEqual([
      'Deployment /p-web',
      'ConfigMap /p-settings-tg6mftfhmc',
      'ConfigMap /p-empty-6ct58987ht',
      'Secret /p-keys-25khgmg44c',
    ])
    const web = built['Deployment /p-web']
    expect(at(web, ...podSpec, 'containers', 0, 'envFrom', 0, 'configMapRef', 'name')).toBe(
      'p-settings-tg6mftfhmc',
    )
    expect(at(web, ...podSpec, 'volumes', 0, 'secret', 'secretName')).toBe('p-keys-25khgmg44c')
  })

  it('sets namespaces, labels with selectors, annotations, images and replicas', async () => {
    const built = await build(
      `namespace: prod
resources: [d.yaml, s.yaml, n.yaml]
commonLabels: {team: a}
labels: [{pairs: {only: meta}}]
commonAnnotations: {note: "1"}
images: [{name: registry.io:5000/nginx, newName: other/nginx, newTag: "2"}]
replicas: [{name: web, count: 4}]
`,
      { 'n.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: old}\n' },
    )
    expect(Object.keys(built)).toEqual(['Deployment prod/web', 'Service prod/web', 'Namespace /prod'])
    const web = built['Deployment prod/web']
    expect(web?.metadata.labels).toEqual({ team: 'a', only: 'meta' })
    expect(at(web, 'spec', 'selector', 'matchLabels')).toEqual({ app: 'web', team: 'a' })
    expect(at(web, 'spec', 'template', 'metadata')).toEqual({
      labels: { app: 'web', team: 'a' },
      annotations: { note: '1' },
    })
    expect(at(web, 'spec', 'replicas')).toBe(4)
    expect(at(web, ...podSpec, 'containers', 0, 'image')).toBe('other/nginx:2')
    expect(at(built['Service prod/web'], 'spec', 'selector')).toEqual({ app: 'web', team: 'a' })
  })

  it('applies strategic merge and JSON patches, inline and from files, by name and by target', async () => {
    const built = await build(
      `resources: [d.yaml, s.yaml]
patches:
- path: p.yaml
- target: {kind: Deploy.*}
  patch: |-
    - {op: add, path: /metadata/annotations, value: {a: b}}
- patch: |-
    $patch: delete
    apiVersion: v1
    kind: Service
    metadata: {name: web}
`,
      {
        'p.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: B, value: "2"}]}]}}}
`,
      },
    )
    expect(Object.keys(built)).toEqual(['Deployment /web'])
    const web = built['Deployment /web']
    expect(web?.metadata.annotations).toEqual({ a: 'b' })
    expect(at(web, ...podSpec, 'containers', 0, 'env')).toEqual(
      expect.arrayContaining([
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ]),
    )
  })

  it('stacks overlays on one base, each with names of its own', async () => {
    const overlay = (name: string) => `resources: [../base]
namePrefix: ${name}-
configMapGenerator: [{name: settings, behavior: merge, literals: [k=${name}]}]
`
    const built = await build('resources: [a, b]\n', {
      'base/kustomization.yaml':
        'resources: [d.yaml]\nconfigMapGenerator: [{name: settings, literals: [k=base, l=1]}]\n',
      'base/d.yaml': deployment,
      'a/kustomization.yaml': overlay('a'),
      'b/kustomization.yaml': overlay('b'),
    })
    for (const name of ['a', 'b']) {
      const settings = Object.values(built).find(object =>
        object.metadata.name?.startsWith(`${name}-settings-`),
      )
      expect(settings?.['data']).toEqual({ k: name, l: '1' })
      expect(
        at(
          built[`Deployment /${name}-web`],
          ...podSpec,
          'containers',
          0,
          'envFrom',
          0,
          'configMapRef',
          'name',
        ),
      ).toBe(settings?.metadata.name)
    }
  })

  it.each([
    ['helmCharts: []', 'kustomization.yaml: field helmCharts is not supported yet'],
    ['images: [{name: a, newTag: 2}]', 'field images[0].newTag must be a string; put 2 in quotes'],
    ['commonLabels: {a: true}', 'field commonLabels.a must be a string'],
    ['resources: [none.yaml]', 'there is no file none.yaml'],
    ['resources: [../other/x.yaml]', 'outside of the repository'],
    ['resources: [https://github.com/a/b]', 'remote bases are not supported yet'],
    ['resources: [loop]', 'leads back to itself: . → loop → .'],
    ['resources: [d.yaml, d.yaml]', 'Deployment web is there twice'],
    ['resources: [bad.yaml]', 'bad.yaml:4: not valid YAML'],
    ['resources: [\n', 'kustomization.yaml:2: not valid YAML'],
    ['resources: [d.yaml]\nreplicas: [{name: nope, count: 1}]', 'there is no Deployment'],
    [
      'resources: [d.yaml]\npatches: [{patch: "{apiVersion: v1, kind: Pod, metadata: {name: x}}"}]',
      'there is no Pod x to patch',
    ],
    [
      'resources: [d.yaml]\npatches: [{target: {kind: Deployment}, patch: "- {op: remove, path: /nope}"}]',
      'Deployment web: JSON patch operation 0',
    ],
    ['configMapGenerator: [{name: a, literals: [novalue]}]', 'not of the form key=value'],
    ['configMapGenerator: [{name: a, behavior: merge, literals: [a=1]}]', 'there is none to merge'],
  ])('%j is refused: %s', async (text, message) => {
    const files = { 'loop/kustomization.yaml': 'resources: [..]\n', 'bad.yaml': 'a: b\nc:\n  - d: [\n' }
    await expect(build(text, files)).rejects.toThrow(message)
  })

  it('reads files only below its own folder', async () => {
    const files = { 'sub/kustomization.yaml': 'resources: [../d.yaml]\n' }
    await expect(build('resources: []\n', files, 'sub')).rejects.toThrow('is not in the kustomization')
  })
})
