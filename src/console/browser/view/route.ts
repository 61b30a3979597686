import { signal } from '@preact/signals'

/** The page and its state, all of it from the URL. */
export interface Route {
  path: readonly string[]
  query: URLSearchParams
}

const read = (): Route => ({
  path: location.pathname.split('/').filter(Boolean).map(decodeURIComponent),
  query: new URLSearchParams(location.search),
})

export const route = signal<Route>(read())

addEventListener('popstate', () => {
  route.value = read()
})

/** Goes to a page of the console; `replace` for state that is not worth a step back. */
export function go(url: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', url)
  else history.pushState(null, '', url)
  route.value = read()
  if (!replace) scrollTo(0, 0)
}

/** Changes query parameters in place; undefined removes one. */
export function setQuery(changes: Record<string, string | undefined>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  go(location.pathname + (text ? `?${text}` : ''), { replace: true })
}

/** Follows links to the console's own pages without loading them anew. */
addEventListener('click', event => {
  if (
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  )
    return
  const link = (event.target as Element | null)?.closest?.('a[href]')
  const href = link?.getAttribute('href')
  if (!href?.startsWith('/') || link?.hasAttribute('download') || link?.getAttribute('target')) return
  event.preventDefault()
  go(href)
})
