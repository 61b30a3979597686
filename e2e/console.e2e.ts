import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, until } from './drave.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
const drave = new Drave()
let browser: Browser
let page: Page
const problems: string[] = []

beforeAll(async () => {
  if (!executablePath) throw new Error('the test of the console needs Chromium: apt-get install chromium')
  await drave.up('--demo')
  await until('the example', () => drave.output.includes('The example runs.'), 90)
  browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
  page.on('pageerror', error => problems.push(error.message))
  page.on('console', message => message.type() === 'error' && problems.push(message.text()))
})
afterAll(async () => {
  await browser?.close()
  await drave[Symbol.asyncDispose]()
})

const link = () => /console\s+(http:\S+#token=\S+)/.exec(drave.output)?.[1] ?? ''

describe('the console', () => {
  it('shows nothing without the token of the link', async () => {
    await page.goto(drave.endpoint('console'))
    await page.getByText('This tab has no token').waitFor()
  })

  it('opens by the link, and keeps the token out of the address', async () => {
    // From another page, since only the fragment differs.
    await page.goto('about:blank')
    await page.goto(link())
    await page.getByRole('heading', { name: 'meetups' }).waitFor()
    expect(page.url()).not.toContain('token')
  })

  it('shows the road live: a merged pull request, the canary, its traffic, the verdict', async () => {
    await drave.run('pr', 'open', 'meetups', 'speaker-spotlight')
    await page.getByRole('link', { name: '#1' }).click()
    const diff = page.getByRole('region', { name: 'Rendered difference' })
    await diff.getByText('image: meetups:1.1.0').waitFor()
    await page.getByRole('button', { name: 'Merge' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('merge:').waitFor()
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('Merged', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Road' }).click()
    await page.getByRole('region', { name: 'Rollout' }).locator('[aria-current=step]').waitFor()
    await page.getByRole('region', { name: 'Traffic' }).getByText('canary 10 %').waitFor()
    await page
      .getByRole('region', { name: 'Verdict' })
      .getByText('success-rate')
      .first()
      .waitFor({ timeout: 60_000 })
  })

  it('aborts by hand, after showing the change', async () => {
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('dialog').getByText('abort: true').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('region', { name: 'Rollout' }).getByText('Aborted').waitFor()
    const phase = await drave.kubectl(
      'get',
      'rollout',
      'meetups',
      '-n',
      'meetups',
      '-o',
      'jsonpath={.status.abort}',
    )
    expect(phase).toBe('true')
  })

  it('shows the objects of the application, and the log of a pod', async () => {
    await page.getByRole('link', { name: 'Applications' }).click()
    await page.getByRole('link', { name: 'meetups', exact: true }).click()
    const objects = page.getByRole('region', { name: 'Objects' })
    await objects.getByText('ReplicaSet').first().waitFor()
    await objects.getByRole('link', { name: 'log' }).first().click()
    await page.getByRole('log').getByText('"level"').first().waitFor()
    await page.getByRole('tab', { name: 'YAML' }).click()
    await page.getByText('apiVersion: v1').waitFor()
  })

  it.each(['/', '/pulls', '/pull/meetups-1', '/apps', '/app/argocd/meetups', '/objects'])(
    'fits a phone without scrolling sideways: %s',
    async path => {
      await page.setViewportSize({ width: 390, height: 844 })
      await page.goto(drave.endpoint('console') + path)
      await page.locator('main .panel').first().waitFor()
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(overflow).toBeLessThanOrEqual(0)
    },
  )

  it('reports no error in the browser', () => {
    expect(problems).toEqual([])
  })
})
