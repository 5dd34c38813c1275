// A whole server of ours as the backend of a transcript.
import {
  type Backend,
  developmentDoors,
  plantEverywhere,
  type Transcript,
  type WireAnswer,
} from '@sallyport/protocol'
import { operate } from './administrator.js'
import { type Options, openSallyport, type Sallyport } from './sallyport.js'

/** Opens a server that a transcript can be played against: its wire is open, its settings are, and its clock moves. */
export async function openFor(transcript: Transcript, options: Options = {}): Promise<Sallyport> {
  const wire: Record<string, string> =
    transcript.contract === 'native' ? {} : { contracts: transcript.contract }
  const settings = { ...wire, ...transcript.settings, ...options.settings, 'testing.clock': 'true' }
  return openSallyport({ ...options, settings })
}

/** What a transcript may do to a server of ours. */
export async function backendOf(sallyport: Sallyport): Promise<Backend> {
  const send: Backend['send'] = async ({ method, path, headers, body }) => {
    const answer = await sallyport.server.inject({
      method: method as 'GET',
      url: path,
      headers,
      ...(body !== undefined && { payload: body }),
    })
    return { status: answer.statusCode, headers: pairsOf(answer.headers), body: answer.body }
  }
  const operator: Backend['operate'] = async (act) => {
    const { items } = await operate(sallyport, 'users.list', { search: act.user })
    const [user] = items
    if (!user) throw new Error(`no user ${act.user}`)
    if (act.act === 'grant') await operate(sallyport, 'users.update', { id: user.id, add_roles: [act.role] })
    else if (act.act === 'revoke')
      await operate(sallyport, 'users.update', { id: user.id, remove_roles: [act.role] })
    else if (act.act === 'confirm')
      await operate(sallyport, 'users.update', { id: user.id, email_verified: true })
    else await operate(sallyport, `users.${act.act}`, { id: user.id })
  }
  return { secure: false, send, operate: operator, ...(await developmentDoors(send, 10_000)) }
}

function pairsOf(headers: Record<string, unknown>): WireAnswer['headers'] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => [name, String(one)] as const),
  )
}

/**
 * Plants every wrong answer that a transcript can notice, each at every step. Throws an Error with those that it let
 * pass, and where fewer than ten kinds of fault could be planted at all.
 */
export async function everyPlantedAnswerFails(transcript: Transcript, backend: Backend): Promise<void> {
  const { kinds, planted, unnoticed } = await plantEverywhere(transcript, backend)
  if (unnoticed.length > 0)
    throw new Error(`${unnoticed.length} of ${planted} wrong answers passed:\n${unnoticed.join('\n')}`)
  if (kinds.length < 10) throw new Error(`only ${kinds.length} kinds of fault can be planted: ${kinds}`)
}
