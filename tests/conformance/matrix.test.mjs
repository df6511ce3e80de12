// Every SDK to every dialect of providers through a gateway, feature by feature. What comes out is
// docs/compatibility.md, and must be what stands there.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { clients } from './clients/index.mjs';
import { features, nothingWaits, run } from './matrix/cell.mjs';
import { compatibility } from './matrix/document.mjs';
import { farSides } from './matrix/far_sides.mjs';
import { provider, startMatrix } from './matrix/gateway.mjs';
import { reasonFor } from './matrix/reasons.mjs';

const document = new URL('../../docs/compatibility.md', import.meta.url);
const pairs = clients.flatMap((client) => farSides.map((far) => ({ client, far })));
const outcomes = [];

let matrix;
before(async () => (matrix = await startMatrix(pairs)));
after(() => matrix.stop());

const contextOf = (client, far) => ({
  url: matrix.url,
  model: `${provider(client, far)}/${far.model}`,
  double: matrix.double,
});

async function outcome(client, far, feature) {
  try {
    await run(client, far, feature, contextOf(client, far));
    return undefined;
  } catch (error) {
    return error;
  }
}

for (const { client, far } of pairs) {
  test(`${client.name} to ${far.name}: each delta leaves before the next one comes`, async () => {
    await matrix.double.forget();
    await nothingWaits(client, far, contextOf(client, far));
  });

  test(`${client.name} to ${far.name}`, async () => {
    const wrong = [];
    // Last what parks a target for a while.
    for (const feature of [...features.filter((f) => f !== 'error'), 'error']) {
      const because = reasonFor(client.name, far.name, feature);
      const error = await outcome(client, far, feature);
      outcomes.push({ client: client.name, far: far.name, feature, because: error && (because ?? 'it fails') });
      if (error && !because) wrong.push(`${feature}: ${error.message.split('\n').slice(0, 8).join(' ')}`);
      if (!error && because) wrong.push(`${feature}: passes, though the list says: ${because}`);
    }
    assert.ok(wrong.length === 0, wrong.join('\n'));
  });
}

test('docs/compatibility.md says what the matrix found', () => {
  assert.equal(outcomes.length, pairs.length * features.length);
  const found = compatibility(clients, farSides, outcomes);
  if (process.env.NEARFAR_WRITE_DOCS) writeFileSync(document, found);
  assert.equal(readFileSync(document, 'utf8'), found, 'NEARFAR_WRITE_DOCS=1 writes it anew');
});
