// What messages say, before anything carries them: through the same door that the outbox uses.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTemplates, type Templates } from './render.js'

const options = {
  brand: 'Sallyport',
  host: 'auth.example.com',
  issuer: 'https://auth.example.com',
  folder: undefined,
  locale: 'en',
}
const mail = { topic: 'verify_email', channel: 'email', to: 'ada@example.test' } as const
const facts = { code: '482913', link: 'https://auth.example.com/verify?token=abc&x=1', minutes: 10 }
let templates: Templates
beforeEach(async () => {
  templates = await openTemplates(options)
})

describe('every topic', () => {
  const channels = ['email', 'sms'] as const
  it.each(['en', 'ko'])('is written in full in %s, and holds its code and link', async (locale) => {
    for (const channel of channels)
      for (const topic of templates.topics(channel)) {
        const letter = await templates.render(templates.sample(topic, channel, locale))
        expect(letter.locale).toBe(locale)
        const parts = channel === 'email' ? [letter.subject!, letter.text, letter.html!] : [letter.text]
        for (const part of parts) {
          expect(part.length).toBeGreaterThan(5)
          expect(part, topic).not.toMatch(/\{[{%]|undefined|\[object|NaN/)
          if (locale === 'ko') expect(part, topic).toMatch(/\p{Script=Hangul}/u)
        }
        if (/code|verify|reset|change_email/.test(topic))
          for (const part of parts.slice(channel === 'email' ? 1 : 0)) expect(part, topic).toContain('482913')
      }
  })

  it('has text and HTML that tell the same', async () => {
    for (const topic of templates.topics('email')) {
      const { text, html } = await templates.render(templates.sample(topic, 'email'))
      for (const fact of ['482913', 'token=u0X3vYk8Qm5rT1zB', '203.0.113.7'])
        expect([topic, html!.includes(fact)]).toEqual([topic, text.includes(fact)])
    }
  })

  it('never shows its code where a mail server logs it', async () => {
    for (const topic of templates.topics('email'))
      expect((await templates.render(templates.sample(topic, 'email'))).subject).not.toContain('482913')
  })

  it('fits into one SMS with a code of 6 digits', async () => {
    const gsm = /^[A-Za-z0-9 \n@#.,:;!?()'"+/-]*$/
    const codes = { code: '482913', minutes: 10 }
    for (const topic of templates.topics('sms'))
      for (const locale of ['en', 'ko']) {
        const letter = { topic, channel: 'sms', to: '+15550100', locale, facts: codes } as const
        const { text } = await templates.render(letter)
        if (locale === 'en') expect(text, topic).toMatch(gsm)
        expect(text.length, `${topic}: ${text}`).toBeLessThanOrEqual(locale === 'en' ? 160 : 70)
      }
  })
})

describe('the HTML', () => {
  it('loads nothing from anywhere, and stands in tables', async () => {
    for (const topic of templates.topics('email')) {
      const { html } = await templates.render({ ...templates.sample(topic, 'email'), facts: {} })
      expect(html).not.toMatch(/https?:|src=|url\(|@import|<link|<script|<img/i)
      expect(html).toContain('role="presentation"')
      expect(html).toContain('prefers-color-scheme: dark')
    }
  })

  it('says its language and direction', async () => {
    const { html } = await templates.render({ ...mail, locale: 'ko-KR', facts })
    expect(html).toContain('<html lang="ko" dir="ltr">')
  })

  it('escapes what people chose, and runs none of it', async () => {
    const hostile = {
      ...facts,
      name: 'Ada & "Bob" {{ code }} {% if code %}x{% endif %}',
      user_agent: '<script>alert(1)</script>{{ link }}',
    }
    const notice = await templates.render({ ...mail, topic: 'new_device', facts: { ...hostile, at: 0 } })
    expect(notice.html).toContain('Ada &amp; &#34;Bob&#34; {{ code }} {% if code %}x{% endif %},')
    expect(notice.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;{{ link }}')
    expect(notice.html).not.toContain('<script')
    expect(notice.text).toContain('Ada & "Bob" {{ code }} {% if code %}x{% endif %},')
  })
})

describe('a name', () => {
  const greeted = async (name: string) =>
    (await templates.render({ ...mail, facts: { ...facts, name } })).text

  it.each(['Ada Lovelace', '김에이다', 'Zoë O’Neill-Świątek', 'Ada, Countess of Lovelace'])(
    '%s is greeted',
    async (name) => {
      expect((await greeted(name)).split('\n')[0]).toBe(`Hello ${name},`)
    },
  )

  it.each([
    'Win at http://evil.example',
    'evil.example',
    'www.evil.example',
    '<a href=//evil>',
    'call me @evil',
    'x'.repeat(61),
    '\u202e',
  ])('that advertises is left out: %s', async (name) => {
    const text = await greeted(name)
    expect(text.split('\n')[0]).toBe('Hello,')
    expect(text).not.toContain('evil')
  })

  it('cannot begin a line of its own', async () => {
    expect((await greeted('Ada\r\nBcc: eve')).split('\n')[0]).toBe('Hello,')
    expect((await greeted('Ada\nLovelace')).split('\n')[0]).toBe('Hello Ada Lovelace,')
  })
})

describe('a link', () => {
  it.each([
    'javascript:alert(1)',
    'javascript://x%0aalert(1)',
    'data:text/html,x',
    '/verify',
    'https://a.example/ b',
    'https://a.example/"onclick="x',
  ])('that is none is refused: %s', async (link) => {
    await expect(templates.render({ ...mail, facts: { link } })).rejects.toThrow(/link/)
  })

  it('stands whole in text, and escaped in HTML', async () => {
    const { text, html } = await templates.render({ ...mail, facts })
    expect(text).toContain(`\n${facts.link}\n`)
    expect(html).toContain('href="https://auth.example.com/verify?token=abc&amp;x=1"')
  })

  it('may lead into an application', async () => {
    const link = 'com.example.notes://verify?token=abc'
    expect((await templates.render({ ...mail, facts: { link } })).text).toContain(link)
  })
})

describe('the language', () => {
  it.each([
    ['ko', 'ko'],
    ['KO-kr', 'ko'],
    ['en-GB', 'en'],
    ['fr', 'en'],
    [undefined, 'en'],
  ])('of somebody with %s is %s', async (locale, expected) => {
    const letter = { ...mail, facts, ...(locale && { locale }) }
    expect((await templates.render(letter)).locale).toBe(expected)
  })

  it('of somebody without one is that of mail.locale', async () => {
    const korean = await openTemplates({ ...options, locale: 'ko' })
    expect((await korean.render({ ...mail, facts })).locale).toBe('ko')
    expect((await korean.render({ ...mail, locale: 'fr', facts })).locale).toBe('ko')
    expect((await korean.render({ ...mail, locale: 'en', facts })).locale).toBe('en')
  })

  it('without words for a topic is an error that names it', async () => {
    const letter = { topic: 'verify_phone', channel: 'email', to: 'a@b.example', facts } as const
    await expect(templates.render(letter)).rejects.toThrow('no words for verify_phone by email')
  })
})

describe('templates of the operator', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-templates-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const write = (name: string, source: string | Uint8Array) => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), source)
  }
  const open = () => openTemplates({ ...options, folder })

  it('replace single parts of a language', async () => {
    write('en/verify_email.subject.txt', 'Welcome\nto {{ brand }}\n')
    write('ko-KP/verify_email.subject.txt', '{{ brand }} 확인')
    const { render } = await open()
    expect((await render({ ...mail, facts })).subject).toBe('Welcome to Sallyport')
    expect((await render({ ...mail, facts })).text).toContain('482913')
    const north = await render({ ...mail, locale: 'ko-KP', facts })
    expect([north.subject, north.locale]).toEqual(['Sallyport 확인', 'ko'])
  })

  it('may bring a layout, which cannot lose the letter', async () => {
    write('layout.html', '<i>{{ subject }}</i><main>{{ content }}</main>{{ footer }}')
    expect((await (await open()).render({ ...mail, facts })).html).toMatch(/^<i>Confirm.*<\/i><main><p/)
    write('layout.html', '<main></main>')
    await expect(open()).rejects.toThrow(/layout\.html cannot be used: it has no \{\{ content \}\}/)
  })

  it('may bring a language, which has to be complete', async () => {
    const sources = await Promise.all([
      ...templates.topics('email').map((topic) => templates.sources(topic, 'email')),
      ...templates.topics('sms').map((topic) => templates.sources(topic, 'sms')),
    ])
    for (const [name, source] of sources.flatMap((one) => Object.entries(one)))
      write(`de/${name}`, source.replaceAll('Hello', 'Hallo'))
    const { render } = await open()
    expect((await render({ ...mail, locale: 'de-AT', facts })).text).toMatch(/^Hallo,/)
    rmSync(join(folder, 'de', 'new_device.html'))
    await expect(open()).rejects.toMatchObject({
      message: expect.stringMatching(/de lacks 1 of \d+ files/),
      next: expect.stringContaining('new_device.html'),
    })
  })

  it.each([
    [
      'en/verify_email.txt',
      'one\n  {{ cod }}',
      'verify_email.txt:2:6 cannot be used: undefined variable: cod',
    ],
    [
      'en/verify_email.txt',
      '{% if code %}',
      'verify_email.txt:1:1 cannot be used: tag {% if code %} not closed',
    ],
    [
      'en/verify_email.html',
      '{{ name | raw }}',
      'verify_email.html:1:1 cannot be used: undefined filter: raw',
    ],
    ['en/verify_email.html', '{% include "/etc/passwd" %}', 'tag "include" not found'],
    ['en/verify_email.txt', '{% render "/etc/passwd" %}', 'tag "render" not found'],
    ['en/verify_mail.txt', 'x', 'verify_mail.txt is the template of nothing'],
    ['en/old/verify_email.txt', 'x', 'old is the template of nothing'],
    ['notes.txt', 'x', 'notes.txt is neither layout.html nor the directory of a language'],
    ['en/verify_email.txt', Buffer.from([0xff, 0x61]), 'verify_email.txt is not UTF-8'],
    ['en/verify_email.txt', 'x'.repeat(300_000), 'verify_email.txt is larger than 256 KiB'],
  ])('that are wrong stop the start: %s %#', async (name, source, told) => {
    write(name, source)
    await expect(open()).rejects.toThrow(told)
  })

  it('in a directory that is not there stop the start too', async () => {
    await expect(openTemplates({ ...options, folder: join(folder, 'none') })).rejects.toThrow(
      /none cannot be read \(ENOENT\)/,
    )
  })

  it('beside what editors leave behind are read all the same', async () => {
    write('.DS_Store', 'x')
    write('en/verify_email.txt~', 'x')
    expect((await (await open()).render({ ...mail, facts })).locale).toBe('en')
  })
})
