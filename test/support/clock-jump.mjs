// For NODE_OPTIONS=--import: the machine's clock is set back by an hour, some time after the program has begun. Environment: CLOCK_JUMP_AFTER, ms.
const after = Number(process.env.CLOCK_JUMP_AFTER)
const real = Date
const back = () => (performance.now() > after ? 3_600_000 : 0)
globalThis.Date = class extends real {
  constructor(...args) {
    super(...(args.length === 0 ? [real.now() - back()] : args))
  }
  static now() {
    return real.now() - back()
  }
}
