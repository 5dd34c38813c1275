// The contracts in examples/contracts, which are files of an operator's own: checked as they stand, spoken by a whole
// server as the transcripts beside them say, and noticed where they are not.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Contract, checkTranscript, differencesOf, play, type Transcript } from '@sallyport/protocol'
import { describe, expect, it } from 'vitest'
import { checkContract } from '../http/check/check.js'
import { operate } from './administrator.js'
import type { Sallyport } from './sallyport.js'
import { backendOf, everyPlantedAnswerFails, openFor } from './transcript.js'

const folder = fileURLToPath(new URL('../../../../examples/contracts/', import.meta.url))
const names = readdirSync(folder).flatMap((file) => /^([a-z0-9-]+)\.json$/.exec(file)?.[1] ?? [])
const read = (file: string) => JSON.parse(readFileSync(`${folder}${file}`, 'utf8'))

it('there are examples', () => {
  expect(names).toContain('simplejwt')
})

describe.each(names)('the example %s', (name) => {
  const contract: Contract = read(`${name}.json`)
  const transcript: Transcript = read(`${name}.transcript.json`)
  const settings = { contracts: `${folder}${name}.json` }

  /** A server with the user that the transcript knows. */
  async function open(): Promise<Sallyport> {
    const sallyport = await openFor(transcript, { settings })
    await operate(sallyport, 'users.create', { preferred_username: 'ada', password: 'a door behind the ivy' })
    return sallyport
  }

  it('is called as its file, and its transcript has no slips', () => {
    expect([contract.name, transcript.contract]).toEqual([name, name])
    expect(checkTranscript(transcript)).toEqual([])
  })

  it('has nothing wrong', async () => {
    const sallyport = await open()
    const { operations } = await import('@sallyport/protocol')
    expect(await checkContract(contract, { taken: [], operations })).toEqual([])
    await sallyport.close()
  })

  it('is spoken as its transcript says, which notices every wrong answer', async () => {
    const sallyport = await open()
    const backend = await backendOf(sallyport)
    const played = await play(transcript, backend)
    expect(differencesOf(played)).toEqual([])
    expect(played).toHaveLength(transcript.scenes.length)
    await everyPlantedAnswerFails(transcript, backend)
    await sallyport.close()
  }, 120_000)
})
