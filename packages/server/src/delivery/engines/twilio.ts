// SMS by Twilio: one request each, without their SDK.
import type { Clock } from '../../util/clock.js'
import type { Settings } from '../../util/setting.js'
import type { Outcome, Parcel, Way } from '../delivery.js'
import { isPhoneNumber } from '../mailbox.js'
import { type Answer, outcomeOf, PATIENCE, send } from '../outgoing.js'
import { sms } from '../settings.js'

/** How long Twilio may keep a message that it cannot pass on. Seconds. */
const VALIDITY = { least: 1, most: 36_000 }

/** A way out by the account of the settings. */
export function createTwilio(settings: Settings, clock: Clock): Way {
  const base = settings.get(sms.twilioUrl).replace(/\/+$/, '')
  const account = settings.get(sms.twilioAccount)!
  const service = settings.get(sms.twilioService)
  const from: Record<string, string> =
    service === undefined ? { From: settings.get(sms.from)! } : { MessagingServiceSid: service }
  const credentials = Buffer.from(`${account}:${settings.get(sms.twilioToken)}`).toString('base64')
  const headers = {
    authorization: `Basic ${credentials}`,
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  }
  return {
    name: 'Twilio',
    patience: PATIENCE,
    parallel: 5,
    hand: async (parcel, signal) => {
      if (!isPhoneNumber(parcel.to)) return { result: 'never', why: 'the number is not in E.164' }
      const body = new URLSearchParams({ ...from, ...messageOf(parcel, clock.now()) }).toString()
      const url = `${base}/2010-04-01/Accounts/${account}/Messages.json`
      return explained(await send({ url, method: 'POST', headers, body }, signal))
    },
    close: () => {},
  }
}

function messageOf({ to, text, goodUntil }: Parcel, now: number) {
  const left = Math.floor((goodUntil - now) / 1000)
  const validity = Math.min(Math.max(left, VALIDITY.least), VALIDITY.most)
  return { To: to, Body: text, ValidityPeriod: String(validity) }
}

/** Twilio's own number of the error says more than the status: https://www.twilio.com/docs/api/errors. */
function explained(answer: Answer): Outcome {
  const outcome = outcomeOf(answer)
  if (outcome.result === 'sent' || 'failed' in answer) return outcome
  const code = /"code":\s*(\d{5})\b/.exec(answer.text)?.[1]
  return code === undefined ? outcome : { ...outcome, why: `${outcome.why}, error ${code}` }
}
