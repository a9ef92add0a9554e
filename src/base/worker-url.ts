/**
 * Where the compiled script of a worker thread is: `workerUrl('features/extract-worker')`. Worker threads load JavaScript,
 * so that from TypeScript sources (tests) the built file in `dist/` is meant.
 *
 * @param script path inside `src/`, without its ending
 */
export function workerUrl(script: string): URL {
  const root = new URL('../', import.meta.url);
  const built = root.pathname.endsWith('/src/') ? new URL('../dist/', root) : root;
  return new URL(`${script}.js`, built);
}
