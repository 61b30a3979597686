// What benchmarks of API servers share: load from clients of one kind, and the servers' CPU time and memory.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { TlsClient } from './tls-client.mjs'

/** Filling ends after so long, however many are there: other work may have the machine. */
const FILL_MS = 60_000

export const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
export const residentMb = pid =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
const cpuSeconds = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK']))
}

/** Of all its processes. */
export const cpuOf = server => server.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)

/**
 * Requests a second from a number of clients that each wait for their answer, and the server's CPU time for each: the
 * figure that other work on the machine changes least.
 */
export async function rate(server, { clients: count, seconds }, perform) {
  const clients = await Promise.all(Array.from({ length: count }, () => TlsClient.open(server)))
  const cpuBefore = cpuOf(server)
  const until = performance.now() + seconds * 1000
  const started = performance.now()
  let done = 0
  await Promise.all(
    clients.map(async (client, index) => {
      for (let turn = 0; performance.now() < until; turn++) {
        const { code } = await perform(client, `${count}-${index}-${turn}`)
        if (code >= 300) throw new Error(`HTTP ${code}`)
        done++
      }
    }),
  )
  const perSecond = done / ((performance.now() - started) / 1000)
  const cpuMs = ((cpuOf(server) - cpuBefore) * 1000) / done
  for (const client of clients) client.close()
  return { perSecond, cpuMs }
}

/** Creates so many objects from 64 clients, or as many as there is time for; yields their number. */
export async function fill(server, count, create) {
  const clients = await Promise.all(Array.from({ length: 64 }, () => TlsClient.open(server)))
  const until = performance.now() + FILL_MS
  let next = 0
  await Promise.all(
    clients.map(async client => {
      while (next < count && performance.now() < until) {
        const { code, body } = await create(client, next++)
        if (code !== 201) throw new Error(`HTTP ${code}: ${body}`)
      }
    }),
  )
  for (const client of clients) client.close()
  return next
}

/** The median of the milliseconds that some work takes. */
export async function timed(times, work) {
  const durations = []
  for (let time = 0; time < times; time++) {
    const started = performance.now()
    await work()
    durations.push(performance.now() - started)
  }
  return median(durations)
}
