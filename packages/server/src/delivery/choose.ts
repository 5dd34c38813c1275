// Which way each channel takes, by the settings. What does not fit together stops the start here, in words.
import { createPrivateKey } from 'node:crypto'
import type { Setting, Settings } from '../util/setting.js'
import { DeliveryMisconfigured } from './delivery.js'
import { isLoopback, isPlain } from './outgoing.js'
import { type Chosen, sms, smtp, webhook } from './settings.js'

/** The way of each channel that has one. Throws DeliveryMisconfigured where settings contradict or lack each other. */
export function chooseWays(settings: Settings): Chosen {
  const is = (setting: Setting<string | undefined>) => settings.get(setting) !== undefined
  const hooked = is(webhook.url) ? settings.get(webhook.channels) : []
  if (is(webhook.url)) need(settings, webhook.url, webhook.secret)
  checkMail(settings)
  checkSms(settings)
  const email = hooked.includes('email') ? 'webhook' : is(smtp.host) ? 'smtp' : undefined
  const gateway = is(sms.url) ? 'http-sms' : is(sms.twilioAccount) ? 'twilio' : undefined
  const short = hooked.includes('sms') ? 'webhook' : gateway
  return { ...(email && { email }), ...(short && { sms: short }) }
}

/** Settings that name plain http, which production does not ask. */
export function plainSettings(settings: Settings): string[] {
  return [sms.url, sms.twilioUrl, webhook.url]
    .filter((setting) =>
      isPlain((settings.get<string | undefined>(setting) ?? 'https://x').replace(/\{.*/s, '')),
    )
    .map(({ name }) => name)
}

function checkMail(settings: Settings): void {
  const has = (setting: Setting<string | undefined>) => settings.get(setting) !== undefined
  if (has(smtp.host)) need(settings, smtp.host, smtp.from)
  if (has(smtp.user) || has(smtp.password)) {
    need(settings, smtp.user, smtp.password)
    need(settings, smtp.password, smtp.user)
  }
  if (has(smtp.password) && !isTlsSure(settings) && !isLoopback(settings.get(smtp.host) ?? ''))
    throw new DeliveryMisconfigured(
      `${smtp.password.name} is set and ${smtp.requireTls.name} is false: it could be read on the way`,
      `Leave ${smtp.requireTls.name} true, or take a mail server on this machine`,
    )
  const dkim = [smtp.dkimDomain, smtp.dkimSelector, smtp.dkimKey]
  const given = dkim.find(has)
  if (!given) return
  for (const setting of dkim) need(settings, given, setting)
  try {
    createPrivateKey(settings.get(smtp.dkimKey)!)
  } catch (error) {
    throw new DeliveryMisconfigured(
      `${smtp.dkimKey.name} cannot be read as a private key`,
      'openssl genrsa -out dkim.pem 2048, and name the file in SALLYPORT_SMTP__DKIM__PRIVATE_KEY_FILE',
      { cause: error },
    )
  }
}

function isTlsSure(settings: Settings): boolean {
  return settings.get(smtp.requireTls) || settings.get(smtp.secure) || settings.get(smtp.port) === 465
}

function checkSms(settings: Settings): void {
  const has = (setting: Setting<string | undefined>) => settings.get(setting) !== undefined
  if (has(sms.url) && has(sms.twilioAccount))
    throw new DeliveryMisconfigured(
      `${sms.url.name} and ${sms.twilioAccount.name} name two gateways for SMS`,
      'Keep one of them',
    )
  if (!has(sms.twilioAccount)) return
  need(settings, sms.twilioAccount, sms.twilioToken)
  if (!has(sms.twilioService)) need(settings, sms.twilioAccount, sms.from)
}

function need(
  settings: Settings,
  because: Setting<string | undefined>,
  needed: Setting<string | undefined>,
): void {
  if (settings.get(needed) !== undefined) return
  throw new DeliveryMisconfigured(
    `${because.name} is set, and ${needed.name} is not`,
    `Set ${needed.name}: ${needed.expected}`,
  )
}
