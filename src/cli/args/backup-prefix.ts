import { textValue, type ValueType } from './values.js'

/** A prefix that no server changes; the trailing slash is removed. */
export const BACKUP_PREFIX: ValueType<string> = {
  ...textValue('PREFIX', 'backup/2026-01-31'),
  parse: (typed, option) =>
    /^\/|\/\/|^\.{1,2}(\/|$)/.test(typed)
      ? { what: `${option} ${typed}: some servers would change that name.`, todo: 'Write it e.g. backup/2026-01-31' }
      : { ok: typed.replace(/\/$/, '') },
}
