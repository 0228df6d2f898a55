/** The user declined, or quit at a question: Ctrl+C, Escape, or a closed terminal. The program exits with 130; nothing was started. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
  constructor() {
    super('cancelled')
  }
}
