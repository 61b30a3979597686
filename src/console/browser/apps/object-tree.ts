import type { KubeObject } from '../../../kube/object.ts'

/** One object of an application, with what it owns. */
export interface TreeNode {
  object: KubeObject
  health: string | undefined
  message: string | undefined
  children: TreeNode[]
}

/** Nodes drawn at most, worst first. */
export const MAX_NODES = 200

const WORST_FIRST = ['Degraded', 'Missing', 'Progressing', 'Suspended', 'Unknown', undefined, 'Healthy']

/** What objects own, found by their owner references; roots keep their order, children are worst first. */
export function treeOf(
  roots: readonly { object: KubeObject; health: string | undefined; message: string | undefined }[],
  owned: readonly KubeObject[],
  healthOf: (object: KubeObject) => { health: string | undefined; message: string | undefined },
): TreeNode[] {
  const byOwner = new Map<string, KubeObject[]>()
  for (const object of owned)
    for (const owner of object.metadata.ownerReferences ?? [])
      byOwner.set(owner.uid, [...(byOwner.get(owner.uid) ?? []), object])
  const grow = (
    object: KubeObject,
    health: string | undefined,
    message: string | undefined,
    depth: number,
  ): TreeNode => ({
    object,
    health,
    message,
    children:
      depth > 8
        ? []
        : (byOwner.get(object.metadata.uid) ?? [])
            .map(child => {
              const judged = healthOf(child)
              return grow(child, judged.health, judged.message, depth + 1)
            })
            .sort(
              (a, b) =>
                WORST_FIRST.indexOf(a.health) - WORST_FIRST.indexOf(b.health) ||
                a.object.metadata.name.localeCompare(b.object.metadata.name),
            ),
  })
  return roots.map(root => grow(root.object, root.health, root.message, 0))
}

/** The first so many nodes in drawing order, and how many are left out. */
export function limited(
  nodes: readonly TreeNode[],
  max: number,
): { rows: { node: TreeNode; depth: number }[]; leftOut: number } {
  const rows: { node: TreeNode; depth: number }[] = []
  let leftOut = 0
  const visit = (node: TreeNode, depth: number) => {
    if (rows.length < max) rows.push({ node, depth })
    else leftOut++
    for (const child of node.children) visit(child, depth + 1)
  }
  for (const node of nodes) visit(node, 0)
  return { rows, leftOut }
}
