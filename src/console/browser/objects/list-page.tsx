import type { Kind } from '../../../kube/kind.ts'
import { keyOf } from '../../../kube/object.ts'
import { useLive } from '../api/use-live.ts'
import { age } from '../view/age.ts'
import { Badge } from '../view/badge.tsx'
import { Empty } from '../view/empty.tsx'
import { route, setQuery } from '../view/route.ts'
import { groupOf, groupSegment, objectUrl, useAllKinds } from './kinds.ts'

/** Rows drawn at most; the rest is counted, and found by narrowing the search. */
const MAX_ROWS = 200

/** `/objects/GROUP/VERSION/PLURAL`: every object of one kind, with a choice of kinds. */
export function ListPage() {
  const [, segment = 'core', version = 'v1', plural = 'pods'] = route.value.path
  const { kinds, error } = useAllKinds()
  if (error) return <div class="notice bad">{error}</div>
  if (!kinds) return <div class="muted">Loading</div>
  const kind = kinds.find(
    candidate =>
      candidate.group === groupOf(segment) && candidate.version === version && candidate.plural === plural,
  )
  return (
    <div class="stack">
      <div class="page-head">
        <h1>{kind?.kind ?? plural}</h1>
        <div class="row">
          <KindChoice kinds={kinds} chosen={kind} />
          <input
            type="search"
            placeholder="name or namespace"
            aria-label="Search"
            data-search
            value={route.value.query.get('q') ?? ''}
            onInput={event => setQuery({ q: event.currentTarget.value || undefined })}
          />
        </div>
      </div>
      {kind ? (
        <Rows kind={kind} key={`${kind.group}/${kind.plural}`} />
      ) : (
        <div class="notice bad">{plural} is not served.</div>
      )}
    </div>
  )
}

function KindChoice({ kinds, chosen }: { kinds: readonly Kind[]; chosen: Kind | undefined }) {
  const url = (kind: Kind) => `/objects/${groupSegment(kind.group)}/${kind.version}/${kind.plural}`
  const sorted = [...kinds].sort((a, b) => a.kind.localeCompare(b.kind))
  return (
    <select
      aria-label="Kind"
      value={chosen ? url(chosen) : ''}
      onChange={event => {
        history.pushState(null, '', event.currentTarget.value)
        dispatchEvent(new PopStateEvent('popstate'))
      }}
    >
      {sorted.map(kind => (
        <option key={url(kind)} value={url(kind)}>
          {kind.kind}
          {kind.group ? ` (${kind.group})` : ''}
        </option>
      ))}
    </select>
  )
}

function Rows({ kind }: { kind: Kind }) {
  const live = useLive(kind)
  const words = (route.value.query.get('q') ?? '').toLowerCase()
  const namespace = route.value.query.get('namespace')
  const found = live.items
    .filter(
      object =>
        (!namespace || object.metadata.namespace === namespace) &&
        keyOf(object).toLowerCase().includes(words),
    )
    .sort((a, b) => keyOf(a).localeCompare(keyOf(b)))
  if (live.state === 'loading') return <div class="muted">Loading</div>
  if (live.error) return <div class="notice warn">{live.error}</div>
  if (found.length === 0)
    return (
      <div class="panel">
        <Empty command={`kubectl get ${kind.plural} -A`}>No {kind.kind} here.</Empty>
      </div>
    )
  return (
    <section class="panel scroll">
      <table>
        <thead>
          <tr>
            {kind.namespaced && <th>Namespace</th>}
            <th>Name</th>
            <th>State</th>
            <th>Age</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, MAX_ROWS).map(object => (
            <tr key={object.metadata.uid}>
              {kind.namespaced && <td class="muted">{object.metadata.namespace}</td>}
              <td>
                <a href={objectUrl(kind, object.metadata.namespace, object.metadata.name)}>
                  {object.metadata.name}
                </a>
              </td>
              <td>{stateOf(object)}</td>
              <td class="number muted">{age(object.metadata.creationTimestamp)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > MAX_ROWS && (
        <div class="muted small">{found.length - MAX_ROWS} more are not shown: narrow the search.</div>
      )}
    </section>
  )
}

function stateOf(object: object) {
  const { status } = object as { status?: { phase?: string; health?: { status?: string } } }
  const text = status?.phase ?? status?.health?.status
  // A pod that runs is well; elsewhere Running means that something is under way.
  return text ? <Badge text={text} {...(text === 'Running' ? { tone: 'good' as const } : {})} /> : ''
}
