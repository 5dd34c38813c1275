// The cases of the conformance suite that no Redis can hold, each with its reason.
const apart = 'Redis holds no two keys together, and takes nothing back'
const byItself = 'Redis clears away by itself what is past its end, a minute later'

export const notOnRedis: Readonly<Record<string, string>> = {
  'atomically does nothing where an expectation is not met': apart,
  'atomically does nothing where a unique set is taken, and others go on': apart,
  'of a hundred atomic moves that expect the same row exactly one happens': apart,
  'sweeping removes rows past their end, however long that takes, and no others': byItself,
  'sweeping names the tables that are done, and leaves alone those that it is told are': byItself,
}
