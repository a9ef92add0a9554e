// Writes docs/artifact.schema.json from the schema in the code: npx tsx tools/write-artifact-schema.ts && npx biome format --write docs
import { writeFileSync } from 'node:fs';
import { artifactJsonSchema } from '../src/artifact/index.ts';

const file = new URL('../docs/artifact.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(artifactJsonSchema(), null, 2)}\n`);
