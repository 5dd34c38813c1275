// Every migration, in order. Numbers only grow; a released migration never changes.
import type { Migration } from '../../store/store.js'
import { core } from './0001-core.js'

export const migrations: readonly Migration[] = [core]
