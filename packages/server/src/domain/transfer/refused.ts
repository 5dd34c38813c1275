// Why a row of a file was not taken, and what mends it.

export class Refused extends Error {
  override readonly name = 'Refused'
  /** What whoever imports may do about it. */
  readonly next: string

  constructor(reason: string, next: string) {
    super(reason)
    this.next = next
  }
}

/** A member whose value cannot be used, and the usual way round it: the member is kept aside, or left out. */
export function unusable(member: string, reason: string): Refused {
  return new Refused(
    `${member} ${reason}`,
    `Mend it in the file, or leave ${member} out with --map ${member}=-`,
  )
}
