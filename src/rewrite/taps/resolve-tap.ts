import { UsageError } from '../../base/index.ts';
import type { Tap } from '../tap.ts';

/**
 * The tap a user means: an id, a tensor's name, `logits`, or `code` (the one before the logits).
 *
 * @throws {UsageError} that lists the landmarks when there is no such tap.
 */
export function resolveTap(taps: readonly Tap[], wish: string): Tap {
  const named = taps.find((tap) => tap.id === wish) ?? taps.find((tap) => tap.tensor === wish);
  if (named !== undefined) return named;
  const last = taps.at(-1);
  if (wish === 'logits' && last?.logits) return last;
  const code = last?.logits ? taps.at(-2) : last;
  if (wish === 'code' && code !== undefined) return code;
  const landmarks = taps.filter((tap) => tap.landmark).map((tap) => tap.id);
  throw new UsageError(`Cannot find the tap '${wish}' in this network`, {
    fix: `Name one of: ${landmarks.join(', ')}, code, logits`,
  });
}
