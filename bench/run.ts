// `npm run bench NAME [arguments]`: runs bench/NAME.ts, which prints its table; the last line is one JSON object.
import { readdirSync } from 'node:fs';

/** What every bench returns: `ratio` above 1 means that graftwork is ahead of the best peer. */
export interface BenchResult {
  readonly bench: string;
  readonly ratio: number;
  readonly [detail: string]: unknown;
}

const [name = '', ...args] = process.argv.slice(2);
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3));
if (names.includes(name)) {
  const { run }: { run(args: readonly string[]): Promise<BenchResult> } = await import(`./${name}.ts`);
  console.log(JSON.stringify(await run(args)));
} else {
  console.error(`Usage: npm run bench ${names.join(' | ')} [-- arguments]`);
  process.exitCode = 2;
}
