import { useState } from 'preact/hooks'
import { Application } from '../../../capabilities/gitops/kinds/generated/application.ts'
import { AnalysisRun } from '../../../capabilities/rollouts/kinds/generated/analysis-run.ts'
import { Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { apiVersionOf } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { useLive } from '../api/use-live.ts'
import { useAllKinds, objectUrl } from '../objects/kinds.ts'
import { SyncPanel } from '../road/sync-panel.tsx'
import { age } from '../view/age.ts'
import { Badge } from '../view/badge.tsx'
import { Confirm, type PendingWrite } from '../view/confirm.tsx'
import { Empty } from '../view/empty.tsx'
import { route } from '../view/route.ts'
import { limited, MAX_NODES, treeOf } from './object-tree.ts'

/** `/app/NAMESPACE/NAME`: the objects of an Application as a tree, its state and its history. */
export function AppPage() {
  const [, namespace = '', name = ''] = route.value.path
  const applications = useLive(Application)
  const [write, setWrite] = useState<PendingWrite>()
  const application = applications.get(`${namespace}/${name}`)
  if (!application)
    return applications.state === 'loading' ? (
      <div class="muted">Loading</div>
    ) : (
      <div class="panel">
        <Empty>
          There is no Application {name} in {namespace}.
        </Empty>
      </div>
    )
  const history = [...(application.status?.history ?? [])].reverse()
  return (
    <div class="stack">
      <div class="page-head">
        <div>
          <div class="muted small">Application in {namespace}</div>
          <h1>{name}</h1>
        </div>
        <div class="muted small mono truncate">
          {application.spec.source?.repoURL} {application.spec.source?.path}
        </div>
      </div>
      <div class="judged">
        <Tree application={application} />
        <div class="stack">
          <SyncPanel application={application} onWrite={setWrite} />
          <section class="panel">
            <header>
              <h2>History</h2>
            </header>
            {history.length === 0 && <div class="muted small">Nothing has been synced yet.</div>}
            <table>
              <tbody>
                {history.map(entry => (
                  <tr key={entry.id}>
                    <td class="number muted">{entry.id}</td>
                    <td class="mono">{entry.revision?.slice(0, 8)}</td>
                    <td class="muted">{age(entry.deployedAt)} ago</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </div>
      </div>
      {write && <Confirm write={write} close={() => setWrite(undefined)} />}
    </div>
  )
}

function Tree({ application }: { application: Application }) {
  const { kinds } = useAllKinds()
  const owned: KubeObject[] = [
    ...useLive(Deployment).items,
    ...useLive(ReplicaSet).items,
    ...useLive(Pod).items,
    ...useLive(AnalysisRun).items,
    ...useLive(EndpointSlice).items,
  ]
  const ownerUid = (kind: string, namespace: string | undefined, name: string) =>
    owned
      .flatMap(
        object =>
          object.metadata.ownerReferences?.map(reference => ({
            reference,
            namespace: object.metadata.namespace,
          })) ?? [],
      )
      .find(
        ({ reference, namespace: place }) =>
          reference.kind === kind && reference.name === name && place === namespace,
      )?.reference.uid ?? `${kind}/${namespace}/${name}`
  const roots = (application.status?.resources ?? []).map(resource => ({
    object: {
      apiVersion: resource.group ? `${resource.group}/${resource.version}` : (resource.version ?? 'v1'),
      kind: resource.kind ?? '',
      metadata: {
        name: resource.name ?? '',
        namespace: resource.namespace,
        uid: ownerUid(resource.kind ?? '', resource.namespace, resource.name ?? ''),
        resourceVersion: '',
        creationTimestamp: '',
      },
    },
    health: resource.health?.status ?? (resource.status === 'Synced' ? undefined : resource.status),
    message: resource.health?.message,
  }))
  const { rows, leftOut } = limited(treeOf(roots, owned.filter(isAlive), healthOf), MAX_NODES)
  return (
    <section class="panel" aria-label="Objects">
      <header>
        <h2>Objects</h2>
        <span class="muted small number">{rows.length}</span>
      </header>
      {rows.length === 0 && <Empty>Nothing is rendered from this repository yet.</Empty>}
      <ul class="tree">
        {rows.map(({ node, depth }) => {
          const { kind, metadata, apiVersion } = node.object
          const served = kinds?.find(
            candidate => candidate.kind === kind && apiVersionOf(candidate) === apiVersion,
          )
          return (
            <li key={`${kind}/${metadata.namespace}/${metadata.name}`} style={`padding-left:${depth * 22}px`}>
              <span class="row">
                <span class="kind muted">{kind}</span>
                <span class="truncate">
                  {served ? (
                    <a href={objectUrl(served, metadata.namespace, metadata.name)}>{metadata.name}</a>
                  ) : (
                    metadata.name
                  )}
                </span>
                {node.health && <Badge text={node.health} />}
                {kind === 'Pod' && served && (
                  <a class="small" href={`${objectUrl(served, metadata.namespace, metadata.name)}?tab=log`}>
                    log
                  </a>
                )}
              </span>
              {node.message && node.health !== 'Healthy' && (
                <div class="small muted" style="padding-left:4px">
                  {node.message}
                </div>
              )}
            </li>
          )
        })}
      </ul>
      {leftOut > 0 && <div class="muted small">{leftOut} more objects are not drawn.</div>}
    </section>
  )
}

/** Replica sets that were scaled down long ago are history, not the present. */
const isAlive = (object: KubeObject): boolean =>
  object.kind !== 'ReplicaSet' || ((object as ReplicaSet).spec.replicas ?? 1) > 0

function healthOf(object: KubeObject): { health: string | undefined; message: string | undefined } {
  if (object.kind === 'Pod') {
    const { status } = object as Pod
    if (object.metadata.deletionTimestamp) return { health: 'Terminating', message: undefined }
    const waiting = status?.containerStatuses?.find(container => container.state?.waiting)?.state?.waiting
    if (waiting) return { health: waiting.reason, message: waiting.message }
    const ready = status?.conditions?.find(condition => condition.type === 'Ready')
    return {
      health:
        ready?.status === 'True' ? 'Healthy' : status?.phase === 'Succeeded' ? 'Succeeded' : 'Progressing',
      message: ready?.message,
    }
  }
  if (object.kind === 'ReplicaSet') {
    const { spec, status } = object as ReplicaSet
    return {
      health: (status?.availableReplicas ?? 0) >= (spec.replicas ?? 1) ? 'Healthy' : 'Progressing',
      message: undefined,
    }
  }
  if (object.kind === 'AnalysisRun')
    return { health: (object as AnalysisRun).status?.phase, message: (object as AnalysisRun).status?.message }
  return { health: undefined, message: undefined }
}
