// Asking the issuer: never longer than three seconds, never more than a little, and nowhere else than we were told.
import type { Known } from './settings.js'

const PATIENCE = 3000

type Asked = Pick<Known, 'fetch' | 'server'>

/**
 * The JSON that the issuer answers with 200.
 * @param most bytes; a longer answer is not read to its end
 * @throws Error in words that name no token and no key
 */
export async function fetchJson(
  { fetch, server }: Asked,
  path: string,
  most: number,
  init: RequestInit = {},
): Promise<unknown> {
  // `manual`, for Workers know no `error`: a redirection is no 200.
  const signal = AbortSignal.timeout(PATIENCE)
  const answer = await fetch(server + path, { redirect: 'manual', ...init, signal })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`${path} answered ${answer.status}`)
  }
  return JSON.parse(await textOf(answer, most, path))
}

async function textOf(answer: Response, most: number, path: string): Promise<string> {
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let read = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    read += next.value.length
    if (read > most) {
      await reader.cancel()
      throw new Error(`${path} answered more than ${most} bytes`)
    }
    text += decoder.decode(next.value, { stream: true })
  }
  return text + decoder.decode()
}
