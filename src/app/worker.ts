import { parentPort, workerData } from 'node:worker_threads';
import type { Report } from '../base/index.ts';
import { closeSources } from '../data/index.ts';
import { type CLOSE, packError } from '../runtime/index.ts';
import { runEmbed } from './embed.ts';
import { runEvaluate } from './evaluate.ts';
import { runFit } from './fit/run.ts';
import { runInspect } from './inspect.ts';
import type { FromWorker, ToWorker } from './offload.ts';
import { runPredict } from './predict.ts';
import { runUpdate } from './update/run.ts';

/** The use cases by name: options and a way to follow in, plain data out. */
const useCases = {
  fit: runFit,
  inspect: runInspect,
  predict: runPredict,
  evaluate: runEvaluate,
  update: runUpdate,
  embed: runEmbed,
};

export type UseCases = typeof useCases;

const port = parentPort;
if (port !== null) {
  const controller = new AbortController();
  port.on('message', (message: ToWorker | typeof CLOSE) => {
    if (message === 'abort') controller.abort();
    else port.close();
  });
  const send = (message: FromWorker) => port.postMessage(message);
  const report: Report = (progress) => send({ kind: 'progress', progress });
  const { name, options } = workerData as { name: keyof UseCases; options: never };
  const run: (options: never, follow: { signal: AbortSignal; report: Report }) => Promise<unknown> = useCases[name];
  try {
    send({ kind: 'result', value: await run(options, { signal: controller.signal, report }) });
  } catch (error) {
    send({ kind: 'error', error: packError(error) });
  } finally {
    await closeSources();
  }
}
