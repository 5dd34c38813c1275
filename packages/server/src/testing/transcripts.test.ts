// Every contract that comes with the product, spoken with a whole server as its transcript says. That a transcript is
// worth something is shown by answers that are wrong.
import { checkTranscript, contracts, differencesOf, play } from '@sallyport/protocol'
import { describe, expect, it } from 'vitest'
import { backendOf, everyPlantedAnswerFails, openFor } from './transcript.js'

describe.each(contracts.map((one) => [one.contract.name, one] as const))('the wire %s', (name, known) => {
  const transcript = JSON.parse(JSON.stringify(known.transcript))

  it('has a transcript of its own that is data and has no slips', () => {
    expect(transcript).toStrictEqual(known.transcript)
    expect(transcript.contract).toBe(name)
    expect(checkTranscript(transcript)).toEqual([])
  })

  it('is spoken by our server as its transcript says, and no scene is left out', async () => {
    const sallyport = await openFor(transcript)
    const played = await play(transcript, await backendOf(sallyport))
    expect(differencesOf(played)).toEqual([])
    expect(played).toHaveLength(transcript.scenes.length)
    await sallyport.close()
  })

  it('has a transcript that notices every wrong answer', async () => {
    const sallyport = await openFor(transcript)
    await everyPlantedAnswerFails(transcript, await backendOf(sallyport))
    await sallyport.close()
  }, 120_000)
})
