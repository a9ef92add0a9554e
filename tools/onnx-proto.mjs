// Writes src/onnx/proto/onnx_pb.ts from the official onnx-ml.proto.
//
//   pip install onnx==1.23.2 && node tools/onnx-proto.mjs "$(python -c 'import onnx; print(onnx.__path__[0])')/onnx-ml.proto"
//
// The generator writes TypeScript enums, which `erasableSyntaxOnly` forbids: they become constant objects here.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const source = process.argv[2];
if (source === undefined) throw new Error('Give the path of onnx-ml.proto');
const folder = mkdtempSync(join(tmpdir(), 'onnx-proto-'));
cpSync(source, join(folder, 'onnx.proto'));
writeFileSync(join(folder, 'buf.yaml'), 'version: v2\nmodules:\n  - path: .\n');
writeFileSync(
  join(folder, 'buf.gen.yaml'),
  'version: v2\nplugins:\n  - local: ["npx", "-y", "@bufbuild/protoc-gen-es@2.10.2"]\n    out: .\n    opt: [target=ts, import_extension=ts]\n',
);
execFileSync('npx', ['-y', '@bufbuild/buf@1.60.0', 'generate', 'onnx.proto'], { cwd: folder, stdio: 'inherit' });
const generated = readFileSync(join(folder, 'onnx_pb.ts'), 'utf8').replace(
  /export enum (\w+) \{([\s\S]*?)\n\}/g,
  (_, name, body) =>
    `export const ${name} = {${body.replace(/^( {2}\w+) = (-?\d+),$/gm, '$1: $2,')}\n} as const;\nexport type ${name} = (typeof ${name})[keyof typeof ${name}];`,
);
writeFileSync(new URL('../src/onnx/proto/onnx_pb.ts', import.meta.url), generated);
rmSync(folder, { recursive: true });
