import { createSite } from './app.mjs'
import { jsonLog } from './log.mjs'

const host = process.env['HOST'] ?? '127.0.0.1'
const port = Number(process.env['PORT'] ?? 8080)
// Time for load balancers to notice that this replica is leaving.
const drainMs = Number(process.env['DRAIN_MS'] ?? 0)

const log = jsonLog({ app: 'meetups' })
const site = createSite({ log, dataDir: process.env['DATA_DIR'], drawSecret: process.env['DRAW_SECRET'] })

site.server.on('error', error => {
  log('error', 'cannot listen', { host, port, error: error.message })
  process.exit(1)
})
site.server.listen(port, host, () => log('info', 'listening', { host, port, version: site.version }))

let isStopping = false
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    if (isStopping) return
    isStopping = true
    log('info', 'stopping', { signal, drainMs })
    site.drain()
    setTimeout(() => {
      site.server.close(() => {
        log('info', 'stopped', {})
        process.exit(0)
      })
      site.server.closeIdleConnections()
    }, drainMs)
  })
