// What a development server of ours lends a player besides its wire: its clock (`testing.clock`) and its mail.
import type { WireAnswer } from './answer.js'
import type { Backend } from './play.js'

const nowhere = { scene: -1, step: -1, turn: 0 }
const json = { 'content-type': 'application/json' }

/** The clock and the mail of a backend, where it has the doors for them; another one is asked, and has neither. */
export async function developmentDoors(
  send: Backend['send'],
  patience: number,
): Promise<Pick<Backend, 'advance' | 'mail'>> {
  const signal = () => AbortSignal.timeout(patience)
  const clock = (advance: string) =>
    send(
      { method: 'POST', path: '/dev/clock', headers: json, body: JSON.stringify({ advance }) },
      nowhere,
      signal(),
    )
  const mail = (to: string) => {
    const path = `/dev/mail.json?limit=1&to=${encodeURIComponent(to)}`
    return send({ method: 'GET', path, headers: {} }, nowhere, signal())
  }
  const hasClock = typeof membersOf(await quietly(clock('0s'))).now === 'string'
  const hasMail = Array.isArray(membersOf(await quietly(mail('nobody@example.com'))).items)
  return {
    ...(hasClock && {
      advance: async (seconds: number) => {
        const answer = await clock(`${seconds}s`)
        if (answer.status !== 200) throw new Error(`the clock answered ${answer.status}`)
      },
    }),
    ...(hasMail && { mail: async (to: string) => textOf(await mail(to)) }),
  }
}

const quietly = (answer: Promise<WireAnswer>) => answer.catch(() => undefined)

function membersOf(answer: WireAnswer | undefined): Record<string, unknown> {
  try {
    const value: unknown = answer?.status === 200 ? JSON.parse(answer.body) : undefined
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function textOf(answer: WireAnswer): string | undefined {
  const [newest] = (membersOf(answer).items ?? []) as readonly { readonly text?: string }[]
  return newest?.text
}
