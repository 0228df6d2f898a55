import picomatch from 'picomatch'
import type { CompileGlob } from '../pipeline/selection.js'

/** Globs as fast-glob has them: `*` stays within a `/`, `**` does not. Keys that begin with a dot are names like others. */
export const compileGlob: CompileGlob = (glob) => picomatch(glob, { dot: true })
