import { useEffect, useRef, useState } from 'preact/hooks'
import { type Call, send } from '../api/session.ts'
import { toYaml } from './to-yaml.ts'

/** A write that waits for a yes. `change` is what it does, shown as YAML before anything is sent. */
export interface PendingWrite {
  title: string
  explanation: string
  path: string
  call: Required<Pick<Call, 'method' | 'body'>> & Pick<Call, 'contentType'>
  /** Lines before and after, where the current state is known. */
  before?: unknown
  after: unknown
  action: string
  danger?: boolean
}

/** Shows a write's YAML difference first, sends it on a yes, and keeps a refusal's reason in view. */
export function Confirm({ write, close }: { write: PendingWrite; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])

  const confirm = async () => {
    setBusy(true)
    try {
      await send(write.path, write.call)
      close()
    } catch (failure) {
      setError((failure as Error).message)
      setBusy(false)
    }
  }
  const before = write.before === undefined ? [] : toYaml(write.before).split('\n')
  const after = toYaml(write.after).split('\n')
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="confirm-title">
      <div class="stack">
        <h1 id="confirm-title">{write.title}</h1>
        <div class="muted">{write.explanation}</div>
        <pre class="code">
          {before
            .filter(line => !after.includes(line))
            .map(line => (
              <span key={`-${line}`} class="remove">
                - {line}
              </span>
            ))}
          {after.map(line => (
            <span key={`+${line}`} class={before.includes(line) ? undefined : 'add'}>
              {before.includes(line) ? '  ' : '+ '}
              {line}
              {'\n'}
            </span>
          ))}
        </pre>
        {error && (
          <div class="notice bad" role="alert">
            {error}
          </div>
        )}
        <div class="row" style="justify-content:flex-end">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="button" class={write.danger ? 'danger' : 'primary'} disabled={busy} onClick={confirm}>
            {write.action}
          </button>
        </div>
      </div>
    </dialog>
  )
}
