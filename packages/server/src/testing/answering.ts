// Whether a server that tests need answers. Where it does not, those tests are skipped and say so; where `CI` is set they
// fail.

/** Why a server does not answer `ask`; undefined where it does. Throws where `CI` is set. */
export async function whyMissing(
  name: string,
  host: string,
  ask: () => Promise<unknown>,
): Promise<string | undefined> {
  try {
    await ask()
    return undefined
  } catch (error) {
    const why = `no ${name} answers at ${host}: ${(error as Error).message}`
    if (process.env.CI) throw new Error(why)
    console.warn(`tests on ${name} are skipped: ${why}`)
    return why
  }
}
