import { afterEach } from 'vitest'

/** Sessions of real clients get one more try: clients lose races with themselves now and then. None of that is hidden. */
afterEach(({ task }) => {
  const tries = task.result?.retryCount ?? 0
  if (tries > 0) console.warn(`RETRIED (${tries}×): ${task.file.name} > ${task.name}`)
})
