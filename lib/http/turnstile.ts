// About a millisecond's worth of answers.
const MOST_PER_TURN = 16;

/**
 * Lets a few go on in each turn of the event loop. All who ask a hanging resource get their answer at
 * the same deadline: 600 in one turn took 60 ms, in which the app and its liveness stood still.
 */
export class Turnstile {
  private readonly line: (() => void)[] = [];

  /** @param act must not throw */
  enter(act: () => void): void {
    if (this.line.push(act) === 1) setImmediate(() => this.turn());
  }

  private turn(): void {
    for (const act of this.line.splice(0, MOST_PER_TURN)) act();
    if (this.line.length) setImmediate(() => this.turn());
  }
}
