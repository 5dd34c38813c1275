import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { check } from './container.mjs'
import { treeOf } from './tree.mjs'

const own = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const good = {
  Dockerfile: own('Dockerfile'),
  'compose.yaml': own('compose.yaml'),
  'docs/settings.md': own('docs/settings.md'),
}

it('what is shipped is clean', () => {
  expect(check(treeOf(good))).toEqual([])
})

it('nothing to read is a problem, not a pass', () => {
  expect(check(treeOf({}))).toHaveLength(1)
})

const planted = [
  ['Dockerfile', 'USER node', 'USER root', 'root'],
  ['Dockerfile', /HEALTHCHECK[^\n]*\n[^\n]*\n/, '', 'HEALTHCHECK'],
  [
    'Dockerfile',
    'ENTRYPOINT ["node", "packages/server/bin/sallyport.mjs"]',
    'ENTRYPOINT node x',
    'JSON form',
  ],
  ['Dockerfile', 'COPY tools tools', 'ADD tools tools', 'ADD'],
  ['Dockerfile', 'npm ci', 'npm install', 'npm ci'],
  ['Dockerfile', 'ENV NODE_ENV=production', 'ENV SALLYPORT_SECRET=abc', 'secret'],
  ['Dockerfile', 'FROM node:24-bookworm-slim\n', 'FROM node\n', 'version'],
  ['Dockerfile', 'USER node', 'USERS node', 'line'],
  ['compose.yaml', 'read_only: true', 'read_only: false', 'read_only'],
  ['compose.yaml', 'user: node', 'user: root', 'root'],
  ['compose.yaml', 'cap_drop: [ALL]', 'cap_drop: []', 'capabilities'],
  ['compose.yaml', 'no-new-privileges:true', 'apparmor:x', 'privileges'],
  ['compose.yaml', 'secrets: [sallyport]', 'secrets: [other]', 'not declared'],
  ['compose.yaml', 'volumes: ["data:/data"]', 'volumes: ["date:/data"]', 'not declared'],
  ['compose.yaml', 'SALLYPORT_SECRET_FILE: /run/secrets/sallyport', 'SALLYPORT_SECRET: abc', 'in the clear'],
  ['compose.yaml', 'SALLYPORT_TRUSTED_PROXIES:', 'SALLYPORT_TRUSTED_PROXY:', 'is no setting'],
  ['docs/settings.md', /`/g, '', 'lists no settings'],
]

it.each(planted)('in %s, %s made %s is found', (file, from, to, says) => {
  const text = good[file].replace(from, to)
  expect(text).not.toBe(good[file])
  expect(check(treeOf({ ...good, [file]: text })).join('\n')).toContain(says)
})
