// Messages to a webhook of the operator's, as signed JSON. What it has not confirmed is told again with the same id, by
// which it knows a repetition.
import { createHmac } from 'node:crypto'
import type { Clock } from '../../util/clock.js'
import type { Settings } from '../../util/setting.js'
import type { Delivery, Parcel, Way } from '../delivery.js'
import { outcomeOf, PATIENCE, send } from '../outgoing.js'
import { webhook } from '../settings.js'

/** A way out by the webhook of the settings, for either channel. */
export function createWebhook(settings: Settings, clock: Clock, from: Delivery['from']): Way {
  const url = settings.get(webhook.url)!
  const secret = settings.get(webhook.secret)!
  return {
    name: `the webhook at ${new URL(url).host}`,
    patience: PATIENCE,
    parallel: 5,
    hand: async (parcel, signal) => {
      const body = JSON.stringify(told(parcel, from[parcel.channel]))
      const headers = {
        'content-type': 'application/json',
        'sallyport-signature': signatureOf(secret, clock.now(), body),
      }
      const outcome = outcomeOf(await send({ url, method: 'POST', headers, body }, signal))
      return outcome.result === 'unclear' ? { ...outcome, result: 'again' } : outcome
    },
    close: () => {},
  }
}

function told(parcel: Parcel, from: string) {
  const { id, topic, channel, to, locale, subject, text, html, facts, attempt, createdAt, goodUntil } = parcel
  const times = { created_at: rfc3339(createdAt), good_until: rfc3339(goodUntil) }
  return { id, topic, channel, to, from, locale, subject, text, html, facts, attempt, ...times }
}

const rfc3339 = (milliseconds: number) => new Date(milliseconds).toISOString()

/** `t=<seconds>,v1=<hexadecimal HMAC-SHA256 over "<seconds>.<body>">`. */
function signatureOf(secret: string, now: number, body: string): string {
  const seconds = Math.floor(now / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}
