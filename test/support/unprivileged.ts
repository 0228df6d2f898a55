/** Whoever has no rights but those that everybody has. */
const NOBODY = 65_534

/** Does something that must find closed doors closed: they are not to root, as whom tests run in containers. */
export async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
