import { formatDuration, type Progress, type Report } from '../base/index.ts';

/** Where progress goes: standard error, so that standard output holds the result alone. */
export interface Terminal {
  readonly report: Report;
  /** Ends the line in progress, so that what follows starts on a line of its own. */
  close(): void;
}

const REDRAW_MS = 100;
/** Without a terminal (a log file, CI) a line now and then says that the run lives. */
const LOG_MS = 10_000;

/**
 * Shows progress on one line of a terminal, or as occasional lines in a log.
 *
 * @param stream usually `process.stderr`
 */
export function openTerminal(stream: NodeJS.WriteStream, now: () => number = Date.now): Terminal {
  const live = stream.isTTY === true;
  let step = '';
  let started = 0;
  let startedAt = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let open = false;

  const clear = () => {
    if (open) stream.write('\r\u001b[2K');
    open = false;
  };

  return {
    report(progress) {
      const time = now();
      const fresh = progress.step !== step;
      if (fresh) {
        step = progress.step;
        started = time;
        startedAt = progress.done;
      }
      const finished = progress.total !== undefined && progress.done >= progress.total;
      if (!fresh && !finished && time - drawn < (live ? REDRAW_MS : LOG_MS)) return;
      drawn = time;
      const line = describe(progress, progress.done - startedAt, time - started);
      if (live) {
        clear();
        stream.write(truncate(line, (stream.columns ?? 80) - 1));
        open = true;
      } else {
        stream.write(`${line}\n`);
      }
    },
    close: clear,
  };
}

/** One line: `Reading images 312/700 images, 98.2/s, 4 s left`. */
function describe(progress: Progress, doneHere: number, elapsed: number): string {
  const { step, done, total, unit, note } = progress;
  const count =
    total === undefined
      ? done > 0
        ? ` ${done.toLocaleString('en')}`
        : ''
      : ` ${done.toLocaleString('en')}/${total.toLocaleString('en')}`;
  const parts = [`${step}${count}${count !== '' && unit !== undefined ? ` ${unit}` : ''}`];
  if (doneHere > 0 && elapsed > 500) {
    const rate = doneHere / (elapsed / 1000);
    if (unit === 'images') parts.push(`${rate.toFixed(rate < 10 ? 1 : 0)}/s`);
    if (total !== undefined && done < total) parts.push(`${formatDuration(((total - done) / rate) * 1000)} left`);
  }
  if (note !== undefined) parts.push(note);
  return parts.join(', ');
}

function truncate(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
