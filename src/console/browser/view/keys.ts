import { go } from './route.ts'

const PLACES: Record<string, string> = { r: '/', p: '/pulls', a: '/apps', o: '/objects' }

/** `/` searches, `:` followed by a letter goes to a page, `?` says so. Keys typed into fields are left alone. */
export function installKeys(): void {
  let isGoing = false
  addEventListener('keydown', event => {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
      return
    if (isGoing) {
      isGoing = false
      const place = PLACES[event.key]
      if (place) go(place)
    } else if (event.key === ':') isGoing = true
    else if (event.key === '/') {
      const search = document.querySelector<HTMLInputElement>('[data-search]')
      if (!search) return
      event.preventDefault()
      search.focus()
    } else if (event.key === '?') showHelp()
  })
}

function showHelp(): void {
  const dialog = document.createElement('dialog')
  const lines: [string, string][] = [
    ['/', 'search'],
    [': r', 'the road'],
    [': p', 'pull requests'],
    [': a', 'applications'],
    [': o', 'objects'],
    ['Esc', 'close'],
  ]
  const list = document.createElement('dl')
  list.className = 'facts'
  for (const [keys, meaning] of lines) {
    const term = document.createElement('dt')
    term.className = 'mono'
    term.textContent = keys
    const definition = document.createElement('dd')
    definition.textContent = meaning
    list.append(term, definition)
  }
  dialog.append(list)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
