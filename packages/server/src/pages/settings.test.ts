// Settings of the pages that cannot be right stop the start and name themselves.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSallyport } from '../testing/sallyport.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-settings-'))
  writeFileSync(join(folder, 'page.svg'), '<html><script>alert(1)</script></html>')
  writeFileSync(
    join(folder, 'large.png'),
    Buffer.concat([Buffer.from('\x89PNG\r\n', 'latin1'), Buffer.alloc(600_000)]),
  )
  writeFileSync(join(folder, 'font.png'), Buffer.from('wOF2'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it.each([
  ['brand.accent', 'red', /brand\.accent/],
  ['brand.accent_dark', '#12', /brand\.accent_dark/],
  ['brand.radius', '99', /brand\.radius/],
  ['brand.font', 'x;}*{display:none', /brand\.font/],
  ['brand.name', ' ', /brand\.name/],
  ['brand.scheme', 'sepia', /brand\.scheme/],
  ['pages.languages', 'en,xx', /pages\.languages/],
  ['brand.logo', 'nowhere.png', /brand\.logo .*nowhere\.png/],
  ['brand.logo', 'page.svg', /brand\.logo .*another kind/],
  ['brand.logo', 'large.png', /brand\.logo .*512 KiB/],
  ['brand.logo_dark', 'font.png', /brand\.logo_dark .*another kind/],
  ['brand.font_file', 'page.svg', /brand\.font_file .*another kind/],
])('%s = %j', async (name, value, message) => {
  const given = /\.(png|svg)$/.test(value) ? join(folder, value) : value
  const flag = name.replaceAll('_', '-')
  await expect(openSallyport({ settings: { [flag]: given } })).rejects.toThrow(message)
})
