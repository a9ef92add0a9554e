import { createHash } from 'node:crypto';
import {
  AbortedError,
  BudgetError,
  type Context,
  formatCount,
  formatDuration,
  GraftError,
  messageOf,
} from '../base/index.ts';
import { type Example, readSource } from '../data/index.ts';
import type { CodeStore } from './cache/code-store.ts';
import type { FileIndex } from './cache/file-index.ts';
import type { StoredRows } from './cache/stored-codes.ts';
import { Contents } from './contents.ts';
import type { ExtractPool, Outcome } from './extract-pool.ts';
import type { ExtractionPlan } from './plan.ts';
import { throwIfOver, untilOver } from './until-over.ts';

/** How long an interrupted extraction waits for native calls before it returns without them. */
const GRACE_MS = 300;
/** The longest piece of work on stored codes between two looks at the clock. */
const SLICE_MS = 50;

/** One extraction as it goes on: first what the cache holds, then the rest. */
export class Extraction {
  readonly #examples: readonly Example[];
  readonly #plan: ExtractionPlan;
  readonly #store: CodeStore;
  readonly #files: FileIndex;
  readonly #context: Context;
  readonly #contents: Contents;
  /** Examples to be read, and then perhaps computed. */
  readonly #missing: number[] = [];
  /** Contents under way, by hash: equal ones wait for the first. */
  readonly #underWay = new Map<string, Promise<void>>();
  #computed = 0;
  #done = 0;
  #startedAt = 0;
  /** Set when the work ends early: what still arrives is dropped. */
  #stopped = false;

  constructor(
    examples: readonly Example[],
    plan: ExtractionPlan,
    store: CodeStore,
    files: FileIndex,
    context: Context,
  ) {
    this.#examples = examples;
    this.#plan = plan;
    this.#store = store;
    this.#files = files;
    this.#context = context;
    this.#contents = new Contents(examples, store, files);
  }

  /** Finds what the cache holds, and checks that it is whole. Returns how many images are missing. */
  async recall(): Promise<number> {
    let sliceBegan = Date.now();
    for (let i = 0; i < this.#examples.length; i++) {
      if (!this.#contents.isSettled(i)) this.#missing.push(i);
      if (Date.now() - sliceBegan < SLICE_MS) continue;
      throwIfOver(this.#context, this.#endings);
      this.#context.report({
        step: 'Checking stored codes',
        done: i + 1,
        total: this.#examples.length,
        unit: 'images',
      });
      await new Promise(setImmediate);
      sliceBegan = Date.now();
    }
    throwIfOver(this.#context, this.#endings);
    return this.#missing.length;
  }

  /**
   * Reads, decodes and runs what is missing.
   *
   * @param pool closed by this call
   * @param workers how many workers the pool has
   * @param inFlight images under way for each of them
   */
  async compute(pool: ExtractPool, workers: number, inFlight: number): Promise<void> {
    this.#startedAt = Date.now();
    this.#report();
    let next = 0;
    const lane = async (worker: number) => {
      while (next < this.#missing.length && !this.#stopped) {
        await this.#process(this.#missing[next++]!, worker, pool);
        this.#done++;
        this.#report();
      }
    };
    const lanes = Array.from({ length: workers * inFlight }, (_, i) => lane(i % workers));
    try {
      await untilOver(Promise.all(lanes), this.#context, this.#endings);
    } catch (error) {
      this.#stopped = true;
      // What is computed is kept first; the native calls in progress are not waited for longer than this.
      this.#keep(error);
      await Promise.race([pool.close(), new Promise((resolve) => setTimeout(resolve, GRACE_MS))]);
      throw error;
    }
    await pool.close();
    this.#store.seal();
    this.#files.flush();
  }

  /** What came of it, in the order of the examples. */
  result(): StoredRows {
    return { ...this.#contents.rows(), computed: this.#computed };
  }

  async #process(i: number, worker: number, pool: ExtractPool): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = await readSource(this.#examples[i]!.source);
    } catch (error) {
      this.#contents.setReason(i, messageOf(error));
      return;
    }
    if (this.#stopped) return;
    const key = createHash('sha256').update(bytes).digest();
    this.#contents.setHash(i, key, bytes.length);
    const name = key.toString('hex');
    // More than two may be equal: whoever wakes first must not find the content unclaimed and claim it again.
    for (let other = this.#underWay.get(name); other !== undefined; other = this.#underWay.get(name)) await other;
    if (this.#contents.isSettled(i)) return;
    const work = pool.compute(worker, bytes).then((outcome) => this.#settle(i, key, outcome));
    // Those who wait for it only look again afterwards: its failure is this call's to report.
    this.#underWay.set(
      name,
      work.catch(() => {}),
    );
    try {
      await work;
    } finally {
      this.#underWay.delete(name);
    }
  }

  #settle(i: number, key: Uint8Array, outcome: Outcome): void {
    if (this.#stopped) return;
    const reason = outcome.kind === 'unreadable' ? outcome.reason : this.#faultOf(outcome.codes);
    if (reason !== undefined) {
      this.#contents.setReason(i, reason);
      this.#store.appendFailure({ key, reason });
    } else if (outcome.kind === 'codes') {
      const { fingerprint, thumbnail, originalWidth: width, originalHeight: height } = outcome.image;
      this.#store.append({ key, fingerprint, thumbnail, width, height, codes: outcome.codes });
      this.#computed++;
    }
  }

  #faultOf(codes: Float32Array): string | undefined {
    const expected = this.#plan.taps.reduce((sum, tap) => sum + tap.channels, 0);
    if (codes.length !== expected) {
      throw new GraftError(
        `Cannot use the network: it gives ${codes.length} codes an image, its taps have ${expected}`,
      );
    }
    return codes.every(Number.isFinite) ? undefined : 'the network gives numbers that are not finite for it';
  }

  /** Keeps what was computed when an error ends the work; a second error of the same disk would only hide the first. */
  #keep(error: unknown): void {
    try {
      this.#store.seal();
      this.#files.flush();
    } catch (second) {
      if (!(error instanceof GraftError)) throw second;
    }
  }

  readonly #endings = {
    aborted: () =>
      new AbortedError('Stopped while computing codes', {
        fix: 'Nothing is lost: the same command goes on from here',
        cause: this.#context.signal.reason,
      }),
    late: () => {
      const left = this.#missing.length - this.#done;
      const need = this.#done > 0 ? `; they need about ${formatDuration(left / this.#rate())} more` : '';
      return new BudgetError(`Cannot compute all codes in time: ${formatCount(left, 'image')} left${need}`, {
        fix:
          this.#done > 0
            ? 'Allow more time: the same command goes on from here'
            : 'Allow more time: the start alone takes some seconds, and nothing was computed yet',
      });
    },
  };

  /** Images a millisecond, since the work began. */
  #rate(): number {
    return this.#done / Math.max(1, Date.now() - this.#startedAt);
  }

  #report(): void {
    const stored = this.#examples.length - this.#missing.length;
    this.#context.report({
      step: 'Computing codes',
      done: this.#done,
      total: this.#missing.length,
      unit: 'images',
      ...(stored > 0 && { note: `${formatCount(stored, 'image')} from the cache` }),
    });
  }
}
