// The password hash parameters of a Firebase project, as its console shows them or as JSON.
import type { FirebaseProject } from '../server.js'
import { readSecretFile } from './ask.js'
import { usage } from './speak.js'

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

/** Throws CommandError (2). */
export function readFirebase(path: string): FirebaseProject {
  const text = readSecretFile(path, 'sallyport import --help')
  const [signerKey, saltSeparator] = ['base64_signer_key', 'base64_salt_separator'].map((name) =>
    member(text, name),
  )
  const [rounds, memCost] = ['rounds', 'mem_cost'].map((name) => Number(member(text, name)))
  const known = [signerKey, saltSeparator].every((value) => value !== undefined && base64.test(value))
  if (!known || !Number.isInteger(rounds) || !Number.isInteger(memCost))
    throw usage(
      `${path} does not hold the password hash parameters of a Firebase project`,
      'Copy base64_signer_key, base64_salt_separator, rounds and mem_cost from Authentication > Users > Password hash parameters',
    )
  return {
    signerKey: Buffer.from(signerKey!, 'base64'),
    saltSeparator: Buffer.from(saltSeparator!, 'base64'),
    rounds: rounds!,
    memCost: memCost!,
  }
}

/** `name: value` or `"name": "value"`. */
function member(text: string, name: string): string | undefined {
  return new RegExp(`\\b${name}"?\\s*[:=]\\s*"?([A-Za-z0-9+/=]+)`).exec(text)?.[1]
}
