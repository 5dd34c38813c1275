// The README's examples, run as they stand: only issuer and audience are those of test tokens.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testTokens } from './testing.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const folder = new URL('./readme-examples/', import.meta.url)
const settings = "issuer: 'https://auth.example.com', audience: 'notes-api'"
const tokens = testTokens({ issuer: 'https://auth.example.com', audience: 'notes-api' })
beforeAll(() => void mkdirSync(folder, { recursive: true }))
afterAll(() => rmSync(folder, { recursive: true }))

/** The module that stands below a heading, with one of its names exported besides its own exports. */
// biome-ignore lint/suspicious/noExplicitAny: each framework's own
async function example(heading: string, name?: string): Promise<any> {
  const code = new RegExp(`^## ${heading}\\n(?:.*\\n)*?\`\`\`js\\n((?:.*\\n)*?)\`\`\`$`, 'm').exec(
    readme,
  )?.[1]
  if (!code) throw new Error(`the README has no example below ${heading}`)
  const file = new URL(`${heading.replaceAll(/\W+/g, '-').toLowerCase()}.mjs`, folder)
  const text = code.replace(settings, `...${JSON.stringify(tokens.settings)}`)
  writeFileSync(file, name ? `${text}\nexport { ${name} }\n` : text)
  return import(pathToFileURL(file.pathname).href)
}

type Ask = (headers: Record<string, string>) => Promise<Response>

function overHttp(listener: RequestListener): Ask {
  return async (headers) => {
    const server = createServer(listener)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}/notes`, { headers })
    server.close()
    return answer
  }
}

const examples: Record<string, () => Promise<Ask>> = {
  Express: async () => overHttp((await example('Express', 'app')).app),
  Fastify: async () => {
    const { app } = await example('Fastify', 'app')
    return async (headers) => {
      const { statusCode, body, headers: said } = await app.inject({ url: '/notes', headers })
      return new Response(body, { status: statusCode, headers: said })
    }
  },
  Hono: async () => {
    const { app } = await example('Hono', 'app')
    return (headers) => app.request('/notes', { headers })
  },
  Koa: async () => overHttp((await example('Koa', 'app')).app.callback()),
  Next: async () => {
    const { GET } = await example('Next')
    return (headers) => GET(new Request('https://notes.example.com/notes', { headers }))
  },
  'node:http, and anything else': async () => {
    const { server } = await example('node:http, and anything else', 'server')
    return overHttp((request, response) => server.emit('request', request, response))
  },
}

describe.each(Object.entries(examples))('%s', (_heading, make) => {
  it('lets pass whoever has the scope, and refuses in the server’s words', async () => {
    const ask = await make()
    const good = await ask(tokens.headers({ scope: 'notes:read', sub: 'ada' }))
    expect([good.status, await good.json()]).toEqual([200, { owner: 'ada' }])
    const told = async (headers: Record<string, string>) => {
      const answer = await ask(headers)
      const { code } = (await answer.json()) as { code: string }
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      return [answer.status, code, answer.headers.get('www-authenticate')]
    }
    expect(await told({})).toEqual([401, 'token_missing', 'Bearer'])
    const forged = { authorization: `Bearer ${tokens.forged({ scope: 'notes:read' })}` }
    expect(await told(forged)).toEqual([401, 'access_token_invalid', 'Bearer error="invalid_token"'])
    const lacking = 'Bearer error="insufficient_scope", scope="notes:read"'
    expect(await told(tokens.headers())).toEqual([403, 'forbidden', lacking])
  })
})

it('Your own tests', async () => {
  const { auth, refused, headers } = await example('Your own tests', 'auth, refused, headers')
  const { createVerifier } = await import('./index.js')
  const verify = createVerifier(auth)
  expect((await verify({ method: 'GET', headers }, { role: 'editor' })).ok).toBe(true)
  for (const token of refused) expect((await verify.token(token)).ok).toBe(false)
})

it('the example of the repository’s own README is this one', () => {
  const own = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const [, code = ''] = /^## Express\n\n```js\n((?:.*\n)*?)```$/m.exec(readme) ?? []
  expect(code).not.toBe('')
  expect(own).toContain(code)
})

it('an example that is not there is noticed', async () => {
  await expect(example('Rails')).rejects.toThrow('no example below Rails')
})
