import { useEffect, useState } from 'preact/hooks'
import type { Event, Pod } from '../../../kube/generated/core-v1.ts'
import { Event as EventKind } from '../../../kube/generated/core-v1.ts'
import type { Condition } from '../../../kube/generated/meta-v1.ts'
import { apiVersionOf, type Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { useLive } from '../api/use-live.ts'
import { age } from '../view/age.ts'
import { Badge } from '../view/badge.tsx'
import { Empty } from '../view/empty.tsx'
import { route, setQuery } from '../view/route.ts'
import { toYaml } from '../view/to-yaml.ts'
import { findKind, groupOf, objectUrl } from './kinds.ts'
import { LogView } from './log-view.tsx'

/** `/object/GROUP/VERSION/PLURAL/NAMESPACE/NAME`: conditions, events, YAML and, for a pod, its log. */
export function ObjectPage() {
  const [, group = '', version = '', plural = ''] = route.value.path
  const [kind, setKind] = useState<Kind>()
  const [error, setError] = useState<string>()
  useEffect(() => {
    findKind(
      candidate =>
        candidate.group === groupOf(group) && candidate.version === version && candidate.plural === plural,
    ).then(
      found => {
        setKind(found)
        setError(found ? undefined : `${plural} is not served in ${group}/${version}`)
      },
      failure => setError((failure as Error).message),
    )
  }, [group, version, plural])
  if (error) return <div class="notice bad">{error}</div>
  return kind ? <ObjectOf kind={kind} key={`${group}/${plural}`} /> : <div class="muted">Loading</div>
}

type Tab = 'summary' | 'yaml' | 'log'

function ObjectOf({ kind }: { kind: Kind }) {
  const [, , , , namespace = '-', name = ''] = route.value.path
  const live = useLive(kind)
  const object = live.get(namespace === '-' ? name : `${namespace}/${name}`)
  const isPod = kind.group === '' && kind.plural === 'pods'
  const tab = (route.value.query.get('tab') ?? 'summary') as Tab
  if (!object) {
    if (live.state === 'loading') return <div class="muted">Loading</div>
    return (
      <div class="panel">
        <Empty>
          {live.error ??
            `There is no ${kind.kind} ${name}${namespace === '-' ? '' : ` in ${namespace}`}: it may have been deleted.`}
        </Empty>
      </div>
    )
  }
  const tabs: [Tab, string][] = [
    ['summary', 'Summary'],
    ...(isPod ? [['log', 'Log'] as [Tab, string]] : []),
    ['yaml', 'YAML'],
  ]
  return (
    <div class="stack">
      <div class="page-head">
        <div>
          <div class="muted small">
            {kind.kind}
            {namespace === '-' ? '' : ` in ${namespace}`}
          </div>
          <h1>{name}</h1>
        </div>
        <div class="row" role="tablist">
          {tabs.map(([id, label]) => (
            <button
              type="button"
              role="tab"
              key={id}
              aria-selected={tab === id}
              class={tab === id ? 'primary' : ''}
              onClick={() => setQuery({ tab: id === 'summary' ? undefined : id })}
            >
              {label}
            </button>
          ))}
        </div>
      </div>
      {tab === 'yaml' && (
        <pre class="code" style="max-height:none">
          {toYaml(withoutManagedFields(object))}
        </pre>
      )}
      {tab === 'log' && isPod && <PodLog pod={object as unknown as Pod} />}
      {tab === 'summary' && <Summary kind={kind} object={object} />}
    </div>
  )
}

function withoutManagedFields(object: KubeObject): unknown {
  const { managedFields: _managedFields, ...metadata } = object.metadata
  return { ...object, metadata }
}

function PodLog({ pod }: { pod: Pod }) {
  const containers = pod.spec.containers.map(container => container.name)
  const chosen = route.value.query.get('container') ?? containers[0] ?? ''
  return (
    <div class="stack">
      {containers.length > 1 && (
        <select
          value={chosen}
          aria-label="Container"
          onChange={event => setQuery({ container: event.currentTarget.value })}
        >
          {containers.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
      <LogView namespace={pod.metadata.namespace ?? 'default'} pod={pod.metadata.name} container={chosen} />
    </div>
  )
}

function Summary({ kind, object }: { kind: Kind; object: KubeObject }) {
  const { status } = object as { status?: { conditions?: Condition[]; phase?: string; message?: string } }
  const events = useLive(EventKind).items.filter(event => event.involvedObject.uid === object.metadata.uid)
  return (
    <div class="stack">
      <section class="panel">
        <dl class="facts">
          <dt>Created</dt>
          <dd>{age(object.metadata.creationTimestamp)} ago</dd>
          {status?.phase && (
            <>
              <dt>Phase</dt>
              <dd>
                <Badge text={status.phase} />
              </dd>
            </>
          )}
          {status?.message && (
            <>
              <dt>Message</dt>
              <dd>{status.message}</dd>
            </>
          )}
          <dt>Labels</dt>
          <dd class="mono">
            {Object.entries(object.metadata.labels ?? {})
              .map(([label, value]) => `${label}=${value}`)
              .join('  ') || '–'}
          </dd>
          {object.metadata.ownerReferences?.map(owner => (
            <OwnerRow
              key={owner.uid}
              apiVersion={owner.apiVersion}
              kind={owner.kind}
              name={owner.name}
              namespace={object.metadata.namespace}
            />
          ))}
        </dl>
      </section>
      {(status?.conditions?.length ?? 0) > 0 && (
        <section class="panel">
          <header>
            <h2>Conditions</h2>
          </header>
          <div class="scroll">
            <table>
              <tbody>
                {status?.conditions?.map(condition => (
                  <tr key={condition.type}>
                    <td>{condition.type}</td>
                    <td>
                      <Badge text={condition.status} tone={condition.status === 'True' ? 'plain' : 'warn'} />
                    </td>
                    <td class="mono">{condition.reason}</td>
                    <td>{condition.message}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
      <section class="panel">
        <header>
          <h2>Events</h2>
          <span class="muted small">{kind.kind}</span>
        </header>
        {events.length === 0 ? (
          <div class="muted small">None in the last hour.</div>
        ) : (
          <EventTable events={events} />
        )}
      </section>
    </div>
  )
}

function EventTable({ events }: { events: readonly Event[] }) {
  const newest = [...events].sort((a, b) => (b.lastTimestamp ?? '').localeCompare(a.lastTimestamp ?? ''))
  return (
    <div class="scroll">
      <table>
        <tbody>
          {newest.map(event => (
            <tr key={event.metadata.uid}>
              <td class="number muted">{age(event.lastTimestamp)}</td>
              <td>
                <Badge text={event.reason ?? ''} tone={event.type === 'Warning' ? 'warn' : 'plain'} />
              </td>
              <td>
                {event.message}
                {(event.count ?? 1) > 1 && <span class="muted"> (×{event.count})</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function OwnerRow({
  apiVersion,
  kind,
  name,
  namespace,
}: {
  apiVersion: string
  kind: string
  name: string
  namespace: string | undefined
}) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    findKind(candidate => candidate.kind === kind && apiVersionOf(candidate) === apiVersion).then(
      found => {
        if (found) setUrl(objectUrl(found, found.namespaced ? namespace : undefined, name))
      },
      () => {},
    )
  }, [apiVersion, kind, name, namespace])
  return (
    <>
      <dt>Owner</dt>
      <dd>
        {kind} {url ? <a href={url}>{name}</a> : name}
      </dd>
    </>
  )
}
