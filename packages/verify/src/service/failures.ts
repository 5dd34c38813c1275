// What fails around us, in words. What a service hands us to be called is its own code: a request may bring it to throw, and
// that must neither let the request pass nor end the process.

/** Calls it. What it throws, or its promise rejects with, is told to `failed` and goes no further; undefined comes then. */
export function callSafely<T>(hook: () => T, failed: (words: string) => void): T | undefined {
  const note = (error: unknown) => failed(wordsOf(error))
  try {
    const answer = hook()
    if (isPromise(answer)) answer.then(undefined, note)
    return answer
  } catch (error) {
    note(error)
    return undefined
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** What went wrong, without the address that a URL with credentials in it would give away. */
export function wordsOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: unknown; cause?: { code?: string } }
  return cause?.code ?? (typeof message === 'string' ? message : `a ${typeof error} was thrown`)
}
