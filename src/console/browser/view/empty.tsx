import type { ComponentChildren } from 'preact'

/** What a page shows when it has nothing to show: why, and the command that changes that. */
export function Empty({ children, command }: { children: ComponentChildren; command?: string }) {
  return (
    <div class="empty">
      <div>{children}</div>
      {command && <pre>{command}</pre>}
    </div>
  )
}
