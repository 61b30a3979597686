import { Agent } from 'node:http'
import { Tally } from './tally.mjs'
import { targetOf } from './target.mjs'
import { Visitor } from './visitor.mjs'

const visitorCount = Number(process.env['VISITORS'] ?? 250)
const perSecond = Number(process.env['RATE'] ?? 40)
const reportMs = Number(process.env['REPORT_MS'] ?? 5000)
/** Requests under way at most: a slow site gets fewer visitors, not a growing crowd. */
const MAX_OPEN = 100

/** @param {string} level @param {string} message @param {object} fields */
const log = (level, message, fields) =>
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), level, message, app: 'visitors', ...fields })}\n`,
  )

/** @type {URL} */
let base
try {
  base = targetOf(process.env)
} catch (error) {
  log('error', /** @type {Error} */ (error).message, {})
  process.exit(1)
}

const agent = new Agent({ keepAlive: true, maxSockets: MAX_OPEN })
const visitors = Array.from({ length: visitorCount }, (_, number) => new Visitor({ number, base, agent }))
const tally = new Tally()
const by = { now: () => performance.now(), random: Math.random }
let open = 0
let skipped = 0
log('info', 'visitors are on their way', { target: base.href, visitors: visitorCount, perSecond })

const tick = setInterval(() => {
  if (open >= MAX_OPEN) {
    skipped++
    return
  }
  const visitor = visitors[Math.floor(Math.random() * visitors.length)]
  if (!visitor) return
  open++
  visitor.visit(by).then(sight => {
    open--
    tally.add(sight)
  })
}, 1000 / perSecond)

const report = setInterval(() => {
  log('info', 'seen', { versions: tally.take(), ...(skipped > 0 ? { skipped } : {}) })
  skipped = 0
}, reportMs)

for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    clearInterval(tick)
    clearInterval(report)
    log('info', 'stopped', { versions: tally.take() })
    process.exit(0)
  })
