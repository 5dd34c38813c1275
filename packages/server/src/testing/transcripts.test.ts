// Every contract that lies in protocol, played by its transcript against a whole server.
import { differencesOf, nativeTranscript, play } from '@sallyport/protocol'
import { expect, it } from 'vitest'
import { backendOf, openFor } from './transcript.js'

it('the native wire is spoken as its transcript says', async () => {
  const sallyport = await openFor(nativeTranscript)
  const played = await play(JSON.parse(JSON.stringify(nativeTranscript)), await backendOf(sallyport))
  expect(differencesOf(played)).toEqual([])
  expect(played).toHaveLength(nativeTranscript.scenes.length)
  await sallyport.close()
})
