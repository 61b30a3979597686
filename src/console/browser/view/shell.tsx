import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { token } from '../api/session.ts'
import { pages } from '../pages.ts'
import { route } from './route.ts'
import { theme, toggleTheme } from './theme.ts'

/** The frame around every page: name, navigation, theme, and what to do without a token. */
export function Shell({ children, title }: { children: ComponentChildren; title: string }) {
  const current = route.value.path[0] ?? ''
  useEffect(() => {
    document.title = title === 'Road' ? 'Drave' : `${title} · Drave`
  }, [title])
  return (
    <>
      <header class="top">
        <div class="top-inner">
          <a class="brand" href="/">
            <img src="/icon.svg" alt="" />
            Drave
          </a>
          <nav class="nav" aria-label="Pages">
            {pages
              .filter(page => page.nav)
              .map(page => (
                <a
                  key={page.path}
                  href={`/${page.path}`}
                  aria-current={page.path === current || page.path === `${current}s` ? 'page' : undefined}
                >
                  {page.nav}
                </a>
              ))}
          </nav>
          <button
            type="button"
            class="plain"
            onClick={toggleTheme}
            aria-label={`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`}
          >
            {theme.value === 'dark' ? '☀' : '☾'}
          </button>
        </div>
      </header>
      <main>{token.value ? children : <NoToken />}</main>
    </>
  )
}

function NoToken() {
  return (
    <div class="panel empty">
      <div>This tab has no token. Open the link that the terminal printed, or print it again:</div>
      <pre>drave console</pre>
    </div>
  )
}
