// Runs every vector of ../vectors. The files are data, so a verifier in another language can run them too.
import type { JsonWebKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createTokenVerifier, importJwk, keySet, reasons, type VerifierOptions } from './index.js'
import * as web from './web.js'

interface Vector {
  name: string
  requirement: string
  /** Whether whoever made it must have had the signing key. */
  key: 'known' | 'unknown'
  token: string
  keys: string[]
  options: Pick<VerifierOptions, 'issuer' | 'audience' | 'types' | 'required'>
  now: number
  verdict: string
  reason?: string
}

interface VectorFile {
  keys: Record<string, JsonWebKey>
  vectors: Vector[]
}

const folder = new URL('../vectors/', import.meta.url)
const files = readdirSync(folder)
  .filter((name) => /^tk\d+\.json$/.test(name))
  .map((name): VectorFile => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))

/** Both verifiers: by node:crypto, and by WebCrypto alone. */
const verifiers = {
  node: async ({ token, options, now }: Vector, jwks: JsonWebKey[]) => {
    const set = keySet(jwks.map(importJwk))
    const verifier = createTokenVerifier({ keys: () => set, now: () => now, ...options })
    return [verifier.verify(token), verifier.verify(token)]
  },
  web: async ({ token, options, now }: Vector, jwks: JsonWebKey[]) => {
    const set = web.keySet(await Promise.all(jwks.map((jwk) => web.importJwk({ ...jwk }))))
    const verifier = web.createTokenVerifier({ keys: () => set, now: () => now, ...options })
    return [await verifier.verify(token), await verifier.verify(token)]
  },
}

/** What is wrong with each vector that does not come out as it should; each token is asked about twice. */
async function failures(list: VectorFile[], verify = verifiers.node): Promise<string[]> {
  const vectors = list.flatMap((file) => file.vectors.map((vector) => ({ vector, file })))
  if (vectors.length === 0) throw new Error('no vectors')
  const wrong = await Promise.all(
    vectors.map(async ({ vector, file }) => {
      const jwks = vector.keys.map((name) => file.keys[name]!)
      const said = (await verify(vector, jwks)).map((verdict) =>
        verdict.ok ? 'accepted' : `refused ${verdict.reason}`,
      )
      const due = vector.reason === undefined ? vector.verdict : `${vector.verdict} ${vector.reason}`
      return said.every((answer) => answer === due) ? [] : [`${vector.name}: ${said.join(', ')}, not ${due}`]
    }),
  )
  return wrong.flat()
}

describe('vectors', () => {
  test.each(Object.entries(verifiers))('all of them come out as they should: %s', async (_name, verify) => {
    expect(await failures(files, verify)).toEqual([])
  })

  test('there are 150, five refusals for each of TK1 to TK7 with the key and five without, and every reason', () => {
    const all = files.flatMap((file) => file.vectors)
    expect(all.length).toBeGreaterThanOrEqual(150)
    for (const requirement of ['TK1', 'TK2', 'TK3', 'TK4', 'TK5', 'TK6', 'TK7'])
      for (const key of ['known', 'unknown']) {
        const refused = all.filter(
          (vector) =>
            vector.requirement === requirement && vector.key === key && vector.verdict === 'refused',
        )
        expect([requirement, key, refused.length >= 5]).toEqual([requirement, key, true])
      }
    expect(all.filter(({ key, verdict }) => key === 'unknown' && verdict === 'accepted')).toEqual([])
    expect(new Set(all.map(({ name, requirement }) => `${requirement} ${name}`)).size).toBe(all.length)
    const told = new Set(all.flatMap((vector) => vector.reason ?? []))
    expect([...told].sort()).toEqual(reasons.filter((reason) => reason !== 'revoked').sort())
  })

  test('a planted wrong verdict, a planted wrong reason and an empty list are noticed', async () => {
    const file = files[0]!
    const accepted = file.vectors.find((vector) => vector.verdict === 'accepted')!
    const refused = file.vectors.find((vector) => vector.verdict === 'refused')!
    const planted = [
      { ...accepted, verdict: 'refused', reason: 'expired' },
      { ...refused, verdict: 'accepted', reason: undefined },
      { ...refused, reason: refused.reason === 'header' ? 'claims' : 'header' },
    ] as Vector[]
    for (const verify of Object.values(verifiers))
      expect(await failures([{ ...file, vectors: planted }], verify)).toHaveLength(3)
    await expect(failures([])).rejects.toThrow('no vectors')
    await expect(failures([{ keys: {}, vectors: [] }])).rejects.toThrow('no vectors')
  })
})
