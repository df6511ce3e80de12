// Each SDK against the upstream double itself, without a gateway: the double is what the vendors' own
// SDKs take for their vendor, and its rules accept what they send.
import { after, before, test } from 'node:test';
import { clients } from './clients/index.mjs';
import { startDouble } from './gateway.mjs';
import { features, run } from './matrix/cell.mjs';
import { farSides } from './matrix/far_sides.mjs';

let double;
before(async () => (double = await startDouble('double')));
after(() => double.stop());

const spoken = {
  openrouter: { name: 'openai-chat', model: 'anthropic/any', tellsCached: true, behaviour: { vendor: 'openrouter' } },
  // Of whose Chat Completions reason in the open.
  'openai-chat': { name: 'openai-chat', model: 'any', tellsCached: true, behaviour: { vendor: 'deepseek' } },
};

for (const client of clients) {
  const far = spoken[client.name] ?? farSides.find((f) => f.name === client.name);
  for (const feature of features) {
    test(`${client.name}: ${feature}, SDK and double alone`, () =>
      run(client, far, feature, { url: double.url, model: far.model, double }));
  }
}
