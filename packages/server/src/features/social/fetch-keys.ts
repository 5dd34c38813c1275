// Asking a provider for its keys: the one URL of the configuration, no redirect followed, three seconds and one megabyte
// for everything.

const PATIENCE = 3000
const LONGEST = 1_048_576

/** A public key as the provider lists it, unchecked. */
export type Jwk = Readonly<Record<string, unknown>>

/** The keys of a JWK set. Throws an Error that says what went wrong. */
export async function fetchKeys(url: string): Promise<readonly Jwk[]> {
  const answer = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
    headers: { accept: 'application/json, application/jwk-set+json' },
  })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`it answered ${answer.status}`)
  }
  const { keys } = JSON.parse(await read(answer)) as { keys?: unknown }
  if (!Array.isArray(keys)) throw new Error('it answered no JWK set')
  return keys.filter((key): key is Jwk => typeof key === 'object' && key !== null)
}

async function read({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    // Leaving the loop lets go of the connection.
    if (size > LONGEST) throw new Error('its answer is longer than 1 MB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
