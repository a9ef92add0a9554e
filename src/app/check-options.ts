import { UsageError } from '../base/index.ts';

/** Options of one use case: those that must be texts, and all that there are. */
export interface OptionNames {
  readonly texts: readonly string[];
  readonly all: readonly string[];
}

/**
 * Refuses options that are not there or misspelt, by name: callers without a type checker get a sentence, not a failure
 * deep inside.
 *
 * @throws UsageError
 */
export function checkOptions(use: string, options: object, { texts, all }: OptionNames): void {
  const given: Readonly<Record<string, unknown>> = { ...options };
  for (const name of texts) {
    if (typeof given[name] !== 'string' || given[name] === '') {
      throw new UsageError(`${use} needs the option '${name}', a text`, {
        fix: `Call ${use}({ ${texts.map((text) => `${text}: '…'`).join(', ')} })`,
      });
    }
  }
  const unknown = Object.keys(given).filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`${use} has no option '${unknown.join("', '")}'`, {
      fix: `Its options are ${all.join(', ')}`,
    });
  }
  const { budget } = given;
  if (budget !== undefined && !(typeof budget === 'number' && budget > 0)) {
    throw new UsageError(`${use} needs its budget as a number of milliseconds, not ${JSON.stringify(budget)}`, {
      fix: 'Five minutes are 300_000',
    });
  }
}
