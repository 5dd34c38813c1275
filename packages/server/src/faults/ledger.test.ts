import { expect, it } from 'vitest'
import type { Kept, SessionFacts } from './database.js'
import { differences, hashOf, type Ledger, sidOf } from './ledger.js'

const bytes = (first: number) => Buffer.alloc(64, first).toString('base64url')
const [token, older] = [
  bytes(1),
  Buffer.concat([Buffer.alloc(16, 1), Buffer.alloc(48, 2)]).toString('base64url'),
]
const sid = sidOf(token)
const person = { email: 'ada@example.com', password: 'x', known: true, name: 'Ada' }
const row: SessionFacts = {
  id: sid,
  userId: 'u',
  generation: 1,
  current: hashOf(token),
  previous: hashOf(older),
}

function ledgerOf(device: Partial<Ledger['devices'][number]> = {}, who: Partial<typeof person> = {}): Ledger {
  const owner = { ...person, ...who }
  return {
    people: [owner],
    devices: [{ person: owner, sid, token, state: 'live', ...device }],
    strays: 0,
    count: {},
  }
}

function keptOf(sessions: SessionFacts[], name: string | null = 'Ada', integrity = 'ok'): Kept {
  const user = { id: 'u', email: person.email, name }
  return {
    integrity,
    sessions: new Map(sessions.map((one) => [one.id, one])),
    users: new Map([[person.email, user]]),
  }
}

it('finds nothing where every promise holds', () => {
  expect(differences(ledgerOf(), keptOf([row]))).toEqual([])
  expect(differences(ledgerOf({ token: older, doubt: 'refresh' }), keptOf([row]))).toEqual([])
  expect(differences(ledgerOf({ doubt: 'logout' }), keptOf([]))).toEqual([])
  expect(differences(ledgerOf({ state: 'ended' }), keptOf([]))).toEqual([])
})

it.each<[string, Ledger, Kept]>([
  ['damaged', ledgerOf(), keptOf([row], 'Ada', 'row 3 missing from index')],
  ['is lost', ledgerOf(), keptOf([])],
  ['another token', ledgerOf({ token: older }), keptOf([row])],
  [
    'another token',
    ledgerOf({ doubt: 'refresh' }),
    keptOf([{ ...row, current: hashOf(bytes(9)), previous: null }]),
  ],
  ['was ended and lives', ledgerOf({ state: 'ended' }), keptOf([row])],
  ['nobody was told of', ledgerOf(), keptOf([row, { ...row, id: sidOf(bytes(7)) }])],
  ['the account of ada@example.com is lost', ledgerOf(), { ...keptOf([row]), users: new Map() }],
  ['is called Eve', ledgerOf(), keptOf([row], 'Eve')],
  ['nobody signed up', { ...ledgerOf(), people: [] }, keptOf([row])],
])('says that something %s', (what, ledger, kept) => {
  const found = differences(ledger, kept)
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(what)
})
