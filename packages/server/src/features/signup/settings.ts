import { boolean } from '../../util/setting.js'

export const open = boolean('signup.open', true, { doc: 'Whether strangers may make accounts.' })
