// docs/compatibility.md, from the outcomes of the matrix.
import { features } from './cell.mjs';

const titles = {
  text: 'text',
  stream: 'stream',
  tools: 'tools',
  parallel: 'parallel tools',
  image: 'image',
  structured: 'structured output',
  reasoning: 'reasoning',
  error: 'error',
  cancel: 'cancel',
};

// `outcomes`: {client, far, feature, because} with `because` empty where it passed.
export function compatibility(clients, farSides, outcomes) {
  const notes = [];
  const mark = (because) => {
    if (!because) return 'pass';
    if (!notes.includes(because)) notes.push(because);
    return `[${notes.indexOf(because) + 1}]`;
  };
  const lines = [
    '# What works from which client to which provider',
    '',
    '<!-- Written by tests/conformance/matrix.test.mjs; NEARFAR_WRITE_DOCS=1 writes it anew. -->',
    '',
    "Vendors' own SDKs, unmodified, against a gateway; behind it a server that speaks each provider's dialect and",
    'refuses what that vendor refuses ([the upstream double](upstream-double.md)). A table a client, a row a dialect of providers.',
    '',
    '- *tools* and *parallel tools* are whole loops: calls, results, the answer that follows;',
    "- *reasoning* is seen by the client, and a tool loop with it is taken by the vendor again, signatures and all;",
    "- *error* is a 429 that arrives as the SDK's own exception; *cancel* closes the provider's stream at once.",
    '',
  ];
  for (const client of clients) {
    lines.push(`## ${client.sdk}`, '');
    lines.push(`| provider speaks | ${features.map((f) => titles[f]).join(' | ')} |`);
    lines.push(`|---|${features.map(() => '---|').join('')}`);
    for (const far of farSides) {
      const cells = features.map((feature) =>
        mark(outcomes.find((o) => o.client === client.name && o.far === far.name && o.feature === feature).because),
      );
      lines.push(`| \`${far.name}\` | ${cells.join(' | ')} |`);
    }
    lines.push('');
  }
  if (notes.length > 0) {
    lines.push('## Why not', '');
    notes.forEach((note, i) => lines.push(`${i + 1}. ${note}`));
    lines.push('');
  }
  return lines.join('\n');
}
