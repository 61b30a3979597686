type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'plain'

const TONES: Record<string, Tone> = {
  Healthy: 'good',
  Synced: 'good',
  Successful: 'good',
  Succeeded: 'good',
  Ready: 'good',
  Merged: 'good',
  Available: 'good',
  Progressing: 'busy',
  Running: 'busy',
  Syncing: 'busy',
  Pending: 'busy',
  Terminating: 'busy',
  Open: 'busy',
  Paused: 'warn',
  Suspended: 'warn',
  OutOfSync: 'warn',
  Inconclusive: 'warn',
  Missing: 'warn',
  Unknown: 'warn',
  Warning: 'warn',
  Degraded: 'bad',
  Failed: 'bad',
  Error: 'bad',
  Aborted: 'bad',
  CrashLoopBackOff: 'bad',
  ErrImagePull: 'bad',
  ImagePullBackOff: 'bad',
  RunContainerError: 'bad',
}

/** A word of status in its colour; the word is always there, so colour is never the only sign. */
export function Badge({ text, tone }: { text: string; tone?: Tone }) {
  const chosen = tone ?? TONES[text] ?? 'plain'
  return <span class={`badge ${chosen}`}>{text}</span>
}
