// `sallyport relocate`: sessions and codes in another place. What that is, relocator.ts knows.
import { relocate as relocateHere } from '../server.js'
import { confirmed } from './ask.js'
import type { Run } from './call.js'
import { assertDatabase, optionsOf } from './open.js'
import { json, out, say } from './print.js'
import { load, storeError } from './start.js'

export const relocate: Run = async ({ asked, options }) => {
  const { same = false, yes, json: asJson } = options
  const loaded = await load('development', asked)
  assertDatabase(loaded.settings)
  const what = same
    ? 'Take what the settings name for the Redis of before'
    : 'End every session and code that does not live where the settings say'
  await confirmed(what, yes, `sallyport relocate${same ? ' --same' : ''}`)
  const done = await relocateHere({ ...optionsOf(loaded), same }).catch((error) => {
    throw storeError(error, loaded.settings)
  })
  const { places, sessionsEnded } = done
  if (asJson) await out(json({ places, sessions_ended: sessionsEnded }))
  else for (const [name, place] of Object.entries(places)) await out(`${name} live ${place}\n`)
  if (Object.keys(places).length === 0) say('Everything lives where the settings say; nothing was done.')
  else if (!same && !asJson) await out(`sessions ended ${sessionsEnded}\n`)
  return 0
}
