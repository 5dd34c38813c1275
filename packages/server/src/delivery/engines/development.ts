// Development: every message is told on the terminal the first time, whatever way it takes then; without one it stays
// in the outbox, where /dev/mail shows it, and counts as sent.
import type { Parcel, Way } from '../delivery.js'

/** What the terminal says of a message. It holds codes and links: never given to a log. */
export interface Announced {
  readonly topic: string
  readonly to: string
  readonly code?: string
  readonly link?: string
}
export type Announce = (message: Announced) => void

/** Tells of what is handed over, and hands it on. */
export function createDevelopment(announce: Announce, next: Way | undefined): Way {
  return {
    name: next?.name ?? '/dev/mail',
    patience: next?.patience ?? 1000,
    parallel: next?.parallel ?? 5,
    hand: async (parcel, signal) => {
      if (parcel.attempt === 1) announce(announced(parcel))
      return next ? next.hand(parcel, signal) : { result: 'sent' }
    },
    ...(next?.probe && { probe: next.probe }),
    close: () => next?.close(),
  }
}

function announced({ topic, to, facts }: Parcel): Announced {
  const { code, link } = facts
  return {
    topic,
    to,
    ...(code !== undefined && { code: String(code) }),
    ...(link !== undefined && { link: String(link) }),
  }
}
