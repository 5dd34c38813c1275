// What the transcripts of the contracts that come with the product are worth: answers that are wrong are planted into
// them one by one, and each must be noticed.
import { contracts } from '@sallyport/protocol'
import { expect, it } from 'vitest'
import { backendOf, everyPlantedAnswerFails, openFor } from './transcript.js'

it.each(contracts.map((one) => [one.contract.name, one] as const))(
  'the transcript of %s notices every wrong answer',
  async (_name, known) => {
    const transcript = await known.transcript()
    expect(transcript.scenes.length).toBeGreaterThan(5)
    const sallyport = await openFor(transcript)
    await everyPlantedAnswerFails(transcript, await backendOf(sallyport))
    await sallyport.close()
  },
  120_000,
)
