/** The user id without special permissions. */
const NOBODY = 65_534

/** Runs work that expects permission errors: root, as whom tests run in containers, gets none. */
export async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
