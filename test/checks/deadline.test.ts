import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { startDeadline, withDeadline } from '../../lib/checks/deadline.js';

useFakeClock();

describe('startDeadline()', () => {
  it('calls back once, at the deadline', async () => {
    const late = vi.fn<() => void>();
    startDeadline(100, late);
    await pass(99);
    expect(late).not.toHaveBeenCalled();
    await pass(1_000);
    expect(late).toHaveBeenCalledOnce();
  });

  it('does not call back at once when the time is too long for a timer', async () => {
    const late = vi.fn<() => void>();
    const cancel = startDeadline(2 ** 31, late);
    await pass(1_000);
    expect(late).not.toHaveBeenCalled();
    cancel();
  });

  it('can be cancelled before the deadline', async () => {
    const late = vi.fn<() => void>();
    startDeadline(100, late)();
    expect(vi.getTimerCount()).toBe(0);
    await pass(1_000);
    expect(late).not.toHaveBeenCalled();
  });

  it('can be cancelled between the timer and the poll of the sockets', async () => {
    const late = vi.fn<() => void>();
    const cancel = startDeadline(100, late);
    vi.advanceTimersByTime(100);
    expect(late).not.toHaveBeenCalled();
    cancel();
    await pass(0);
    expect(late).not.toHaveBeenCalled();
  });
});

describe('withDeadline()', () => {
  it('resolves with the result of the work', async () => {
    expect(await withDeadline(Promise.resolve('done'), 100, () => 'late')).toBe('done');
  });

  it('rejects with the error of the work', async () => {
    const broken = Promise.reject(new Error('broken'));
    await expect(withDeadline(broken, 100, () => 'late')).rejects.toThrow('broken');
  });

  it('resolves with late() at the deadline, when the work has not settled', async () => {
    const result = withDeadline(new Promise<string>(() => {}), 100, () => 'late');
    await pass(100);
    expect(await result).toBe('late');
  });

  it('does not call late() when the work was in time', async () => {
    const late = vi.fn<() => string>(() => 'late');
    await withDeadline(Promise.resolve('done'), 100, late);
    await pass(1_000);
    expect(late).not.toHaveBeenCalled();
  });

  it('handles the rejection of work that fails after the deadline', async () => {
    const unhandled = vi.fn<() => void>();
    process.on('unhandledRejection', unhandled);
    try {
      let fail: (reason: Error) => void = vi.fn<() => void>();
      const work = new Promise<string>((_, reject) => (fail = reject));
      const result = withDeadline(work, 100, () => 'late');
      await pass(100);
      expect(await result).toBe('late');
      fail(new Error('too late'));
      await pass(0);
    } finally {
      process.off('unhandledRejection', unhandled);
    }
    expect(unhandled).not.toHaveBeenCalled();
  });
});
