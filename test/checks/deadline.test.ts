import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { startDeadline, withDeadline } from '../../lib/checks/deadline.js';

useFakeClock();

describe('startDeadline', () => {
  it('calls late once, when the time is up', async () => {
    const late = vi.fn<() => void>();
    startDeadline(100, late);
    await pass(99);
    expect(late).not.toHaveBeenCalled();
    await pass(1_000);
    expect(late).toHaveBeenCalledOnce();
  });

  it('is not at once where it is too long for a timer', async () => {
    const late = vi.fn<() => void>();
    const callOff = startDeadline(2 ** 31, late);
    await pass(1_000);
    expect(late).not.toHaveBeenCalled();
    callOff();
  });

  it('can be called off before', async () => {
    const late = vi.fn<() => void>();
    startDeadline(100, late)();
    expect(vi.getTimerCount()).toBe(0);
    await pass(1_000);
    expect(late).not.toHaveBeenCalled();
  });

  it('can be called off between the timer and the look at the sockets', async () => {
    const late = vi.fn<() => void>();
    const callOff = startDeadline(100, late);
    vi.advanceTimersByTime(100);
    expect(late).not.toHaveBeenCalled();
    callOff();
    await pass(0);
    expect(late).not.toHaveBeenCalled();
  });
});

describe('withDeadline', () => {
  it('resolves as the work does', async () => {
    expect(await withDeadline(Promise.resolve('done'), 100, () => 'late')).toBe('done');
  });

  it('rejects as the work does', async () => {
    const broken = Promise.reject(new Error('broken'));
    await expect(withDeadline(broken, 100, () => 'late')).rejects.toThrow('broken');
  });

  it('resolves with late() at the deadline, when the work has not settled', async () => {
    const answer = withDeadline(new Promise<string>(() => {}), 100, () => 'late');
    await pass(100);
    expect(await answer).toBe('late');
  });

  it('does not call late() when the work was in time', async () => {
    const late = vi.fn<() => string>(() => 'late');
    await withDeadline(Promise.resolve('done'), 100, late);
    await pass(1_000);
    expect(late).not.toHaveBeenCalled();
  });

  it('hears the work that fails after its deadline, so that nothing is unhandled', async () => {
    const unhandled = vi.fn<() => void>();
    process.on('unhandledRejection', unhandled);
    try {
      let fail: (reason: Error) => void = vi.fn<() => void>();
      const work = new Promise<string>((_, reject) => (fail = reject));
      const answer = withDeadline(work, 100, () => 'late');
      await pass(100);
      expect(await answer).toBe('late');
      fail(new Error('too late'));
      await pass(0);
    } finally {
      process.off('unhandledRejection', unhandled);
    }
    expect(unhandled).not.toHaveBeenCalled();
  });
});
