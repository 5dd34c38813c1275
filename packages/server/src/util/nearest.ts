// The name that was meant: the closest to a misspelled one.

/** The name closest to a misspelled one, where one is close enough to be meant. */
export function nearest(wrong: string, names: Iterable<string>): string | undefined {
  const plain = flatten(wrong)
  let best: string | undefined
  let least = Math.max(2, Math.floor(plain.length * 0.4)) + 1
  for (const name of names) {
    const steps = distance(plain, flatten(name))
    if (steps >= least) continue
    least = steps
    best = name
  }
  return best
}

const flatten = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = above
    above = row
  }
  return above[b.length]!
}
