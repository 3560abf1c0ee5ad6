import { Observable, type Observer, type Operator, Subscriber, type Subscription } from 'rxjs';

/**
 * An Observable whose subscribers may throw: rxjs would throw their error again from a timer, which
 * ends the process. It is passed to `onError` instead, and the subscription goes on. Observables that
 * `pipe()` derives are of the same kind.
 */
export class SafeObservable<T> extends Observable<T> {
  constructor(
    source: Observable<T>,
    private readonly onError: (error: unknown) => void,
  ) {
    super();
    this.source = source;
  }

  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new SafeObservable<R>(this as unknown as Observable<R>, this.onError);
    lifted.operator = operator as unknown as Operator<never, R>;
    return lifted;
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // The subscriber of an operator catches its own errors.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const given: Partial<Observer<T>> =
      typeof observerOrNext === 'object' && observerOrNext !== null
        ? observerOrNext
        : {
            next: observerOrNext ?? undefined,
            error: error ?? undefined,
            complete: complete ?? undefined,
          };
    return super.subscribe({
      next: (value) => this.attempt(() => given.next?.(value)),
      error: (reason) => {
        if (given.error) this.attempt(() => given.error?.(reason));
        else this.onError(reason);
      },
      complete: () => this.attempt(() => given.complete?.()),
    });
  }

  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.onError(error);
    }
  }
}
