import { render } from 'preact'
import { useSignalEffect } from '@preact/signals'
import { useState } from 'preact/hooks'
import { pages } from './pages.ts'
import { installKeys } from './view/keys.ts'
import { Empty } from './view/empty.tsx'
import { route } from './view/route.ts'
import { Shell } from './view/shell.tsx'
import { theme } from './view/theme.ts'

function App() {
  const [, redraw] = useState(0)
  useSignalEffect(() => {
    void route.value
    void theme.value
    redraw(count => count + 1)
  })
  const page = pages.find(candidate => candidate.path === (route.value.path[0] ?? ''))
  const Content = page?.component
  return (
    <Shell title={page?.title ?? 'Not found'}>
      {Content ? (
        <Content />
      ) : (
        <div class="panel">
          <Empty>
            There is no page at {location.pathname}. <a href="/">Back to the road</a>
          </Empty>
        </div>
      )}
    </Shell>
  )
}

installKeys()
const host = document.getElementById('app')
if (host) render(<App />, host)
