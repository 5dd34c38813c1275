import { expect, it } from 'vitest'
import { readUserAgent } from './user-agent.js'

const win = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)'
const kit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

it.each([
  [`${win} ${kit} Chrome/140.0.0.0 Safari/537.36`, 'Chrome', 'Windows'],
  [`${win} ${kit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`, 'Edge', 'Windows'],
  [`${win} ${kit} Chrome/140.0.0.0 Safari/537.36 OPR/110.0`, 'Opera', 'Windows'],
  [`${win} ${kit} Chrome/140.0.0.0 Whale/4.0 Safari/537.36`, 'Whale', 'Windows'],
  [`${win} Gecko/20100101 Firefox/140.0`, 'Firefox', 'Windows'],
  [`${mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15`, 'Safari', 'macOS'],
  [
    `${iphone} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1`,
    'Safari',
    'iPhone',
  ],
  [
    `${iphone} AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1`,
    'Chrome',
    'iPhone',
  ],
  [
    `Mozilla/5.0 (Linux; Android 15; SM-S921B) ${kit} SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36`,
    'Samsung Internet',
    'Android',
  ],
  ['curl/8.5.0', 'curl/8.5.0', undefined],
  ['something', 'something', undefined],
  ['<b>x</b>', undefined, undefined],
  ['Mozilla/5.0 (Linux; x)', undefined, 'Linux'],
  [undefined, undefined, undefined],
])('%s is %s on %s', (text, browser, system) => {
  expect(readUserAgent(text)).toEqual({ ...(browser && { browser }), ...(system && { system }) })
})
