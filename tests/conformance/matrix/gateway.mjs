// A gateway with a provider for every pair of client and far side, so that what one pair does to a target
// is no other pair's business. All of them are one double, below a folder each.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, start, startDouble, stop } from '../gateway.mjs';

export const provider = (client, far) => `${client.name}-to-${far.name}`;

function configuration(pairs, double) {
  const providers = pairs.map(
    ({ client, far }) => `  ${provider(client, far)}:
    tier: remote
    preset: ${far.preset}
    url: ${double.url}/${provider(client, far)}
    key: {env: NEARFAR_TEST_KEY}
    models: {${far.model}: {context: 128k, can: {tools: true, json: true, images: true}}}
`,
  );
  return `version: 1
server: {listen: 127.0.0.1:0, admin: 127.0.0.1:0, state: state}
providers:
${providers.join('')}models:
  auto: [${provider(pairs[0].client, pairs[0].far)}/${pairs[0].far.model}]
`;
}

export async function startMatrix(pairs) {
  const folder = mkdtempSync(join(tmpdir(), 'nearfar-matrix-'));
  const double = await startDouble('double');
  const file = join(folder, 'nearfar.yaml');
  writeFileSync(file, configuration(pairs, double));
  const gateway = await start(programs.gateway, ['serve', '--config', file], /^listening on (http:\S+)/, {
    NEARFAR_TEST_KEY: 'sk-test',
  });
  return {
    double,
    url: gateway.found,
    async stop() {
      await stop(gateway.child);
      await double.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
