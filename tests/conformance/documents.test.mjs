// The SDKs' quick starts of docs/clients, as they stand there but for the address.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startAll } from './gateway.mjs';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '..', '..', 'docs', 'clients');
const address = 'http://127.0.0.1:8484';
// Below this folder, so that the SDKs are found.
const work = mkdtempSync(join(import.meta.dirname, 'documents-'));
let all;
before(async () => {
  all = await startAll();
});
after(async () => {
  rmSync(work, { recursive: true });
  await all.stop();
});

const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
let examples = 0;
for (const page of pages) {
  const blocks = [...readFileSync(join(folder, page), 'utf8').matchAll(/^```js\n(.*?)^```/gms)].map((m) => m[1]);
  blocks.forEach((block, i) => {
    examples += 1;
    test(`${page}, example ${i + 1}`, async () => {
      assert.ok(block.includes(address), 'it names the address');
      await all.near.behave({ text: 'Aye, they be optional.' });
      const file = join(work, `${page}-${i}.mjs`);
      writeFileSync(file, block.replaceAll(address, all.url));
      const { stdout } = await run(process.execPath, [file], { timeout: 50000 });
      assert.match(stdout, /Aye, they be optional\./);
    });
  });
}

test('every SDK has an example', () => assert.ok(examples >= 7, `${examples} examples`));
