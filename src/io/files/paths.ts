import { dirname, isAbsolute, join, resolve } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** The paths where this tool stores its state (cli.md, Environment). */
export interface StatePaths {
  /** Everything but the key: `OPSKIT_TOOL_TEMP_DIR`, else the user's state directory; never the working directory. */
  readonly temp: string
  readonly connections: string
  readonly locks: string
  /** One directory for each run that can be shown or resumed. */
  readonly runs: string
  /** Rates measured between endpoints, for estimates. */
  readonly rates: string
  /** Outside the temp directory, so that a copy of that directory does not include the key. */
  readonly keyFile: string
}

export function statePaths(env: Env, home: string): StatePaths {
  const temp = set(env['OPSKIT_TOOL_TEMP_DIR']) ?? join(xdg(env['XDG_STATE_HOME']) ?? join(home, '.local/state'), 's3-sync')
  const config = join(xdg(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), 's3-sync')
  return {
    temp,
    connections: join(temp, 'connections.json'),
    locks: join(temp, 'locks'),
    runs: join(temp, 'runs'),
    rates: join(temp, 'rates.json'),
    keyFile: join(config, 'key'),
  }
}

/** The older tool's directory, below the directory where it was started (cli.md, Environment). */
const OLD = '.s3-sync-temp'

/** The connections file of the older tool. */
export function oldConnections(env: Env, cwd: string): string {
  return join(resolveUserPath(OLD, env, cwd), 'connections.json')
}

/** All directories that hold this tool's state, including secrets. */
export function ownDirectories(env: Env, home: string, cwd: string): readonly string[] {
  const { temp, keyFile } = statePaths(env, home)
  return [temp, dirname(keyFile), dirname(oldConnections(env, cwd))]
}

/** Resolves a path against the directory where the user was: OpsKit starts the tool in another one. */
export function resolveUserPath(path: string, env: Env, cwd: string): string {
  return resolve(set(env['OPSKIT_WORKING_DIR']) ?? cwd, path)
}

function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

/** Relative paths must be ignored (XDG Base Directory Specification). */
function xdg(value: string | undefined): string | undefined {
  return value !== undefined && isAbsolute(value) ? value : undefined
}
