/** The person declined, or left at a question: Ctrl+C, Escape, or the terminal went away. The program ends with 130; nothing was started. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
  constructor() {
    super('cancelled')
  }
}
