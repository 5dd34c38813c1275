// What the middlewares for Express, Fastify, Hono and Koa have in common: a verifier, and whether nobody may pass.
import { assertRule, isSwitch, rule } from './service/rules.js'
import type { Settings } from './service/settings.js'
import { createVerifier, type Verifier } from './service/verifier.js'

const ofOptional = rule(isSwitch, 'true or false')

/** Takes the middleware's own setting away from those of its verifier. Throws TypeError where one makes no sense. */
export function createGate(settings: Settings & { readonly optional?: boolean }): {
  readonly verifier: Verifier
  readonly optional: boolean
} {
  const { optional = false, ...rest } = settings
  assertRule('optional', optional, ofOptional)
  return { verifier: createVerifier(rest), optional }
}
