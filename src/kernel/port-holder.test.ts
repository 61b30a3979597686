import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { portHolder } from './port-holder.ts'

/** Only Linux has procfs. */
describe.runIf(existsSync('/proc/net/tcp'))('who holds a port', () => {
  const us = expect.stringMatching(new RegExp(` \\(pid ${process.pid}\\)$`))

  it.each([
    ['127.0.0.2', '127.0.0.2', true],
    ['127.0.0.2', '127.0.0.3', false],
    ['127.0.0.2', undefined, true],
    ['0.0.0.0', '127.0.0.2', true],
  ])('listening on %s, asked about %s', async (listened, asked, isFound) => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, listened, resolve))
    const { port } = server.address() as AddressInfo
    const holder = portHolder(port, asked)
    await new Promise(resolve => server.close(resolve))
    expect(holder).toEqual(isFound ? us : undefined)
    expect(portHolder(port, asked)).toBeUndefined()
  })
})
