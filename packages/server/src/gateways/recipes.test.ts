// What the recipes of docs/gateways/ say, held against what the gate says. nginx's and Caddy's are tried out in
// gateways.test.ts; Traefik's and Envoy's can only be read.
import { gateways, identityHeaders } from '@sallyport/protocol'
import { expect, it } from 'vitest'
import { readRecipe } from './stage.js'

const recipes = ['nginx.conf', 'caddy/Caddyfile', 'traefik.yaml', 'envoy.yaml']
const names = Object.keys(identityHeaders.remote!)
/** Every spelling that has one of these marks where the name has a hyphen, mixed ones too. */
const twinsOf = (marks: string) =>
  names.flatMap((name) => {
    const [first = '', ...others] = name.split('-')
    return others.reduce(
      (all, part) => all.flatMap((one) => [...marks].map((mark) => one + mark + part)),
      [first],
    )
  })

it.each(recipes)('%s asks at the gate’s path and passes on every header of it', (name) => {
  const text = readRecipe(name).toLowerCase()
  for (const header of names) expect(text).toContain(header.toLowerCase())
  const { asking } = gateways.find(({ path }) => text.includes(path))!
  expect(text).toContain('/.sallyport/')
  if (asking.by === 'url') for (const header of [asking.url, asking.method]) expect(text).toContain(header)
})

it('traefik.yaml blanks every spelling before it asks', () => {
  const text = readRecipe('traefik.yaml')
  for (const twin of twinsOf('-_.')) expect(text).toContain(`          ${twin}: ''\n`)
  expect(text).toContain('middlewares: [sallyport-blank, sallyport-ask]')
  // Traefik tells capitals apart, and the application may not.
  const [, rule = ''] = /app-admin:\n(?:\s*#.*\n)*\s*rule: (.*)\n/.exec(text) ?? []
  expect(rule).toBe('Host(`app.example.com`) && PathRegexp(`(?i)^/admin`)')
})

it('envoy.yaml takes away what the gate says before it asks, and lets no rule of a visitor through', () => {
  const text = readRecipe('envoy.yaml')
  const [before = '', asking = ''] = text.split('envoy.filters.http.ext_authz\n')
  for (const header of [...twinsOf('-.'), 'sallyport-rules'])
    expect(before).toContain(`- remove: ${header.toLowerCase()}\n`)
  expect(before).toContain('headers_with_underscores_action: DROP_HEADER')
  expect(asking).not.toContain('exact: sallyport-rules')
  expect(asking).toContain('failure_mode_allow: false')
})
