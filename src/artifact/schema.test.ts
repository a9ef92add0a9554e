import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { artifactJsonSchema } from './schema.ts';

it('publishes the JSON Schema that the code checks with (tools/write-artifact-schema.ts writes it)', async () => {
  const published: unknown = JSON.parse(
    await readFile(new URL('../../docs/artifact.schema.json', import.meta.url), 'utf8'),
  );
  expect(published).toEqual(JSON.parse(JSON.stringify(artifactJsonSchema())));
  expect(published).toMatchObject({ properties: { schema: { const: 1 } }, additionalProperties: {} });
});
