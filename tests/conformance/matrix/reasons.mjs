// Cells that do not pass, and why not. A cell that is here and passes is an error, as is one that is not
// here and does not. `*` stands for each.
export const reasons = [
  {
    client: 'openrouter',
    far: 'openai-chat',
    feature: 'reasoning',
    because:
      'Between the same dialect an answer passes byte for byte: thoughts that a vendor calls `reasoning_content` keep that ' +
      'name, and this SDK reads `reasoning`.',
  },
  {
    client: 'openrouter',
    far: 'gemini',
    feature: 'reasoning',
    because:
      'Thoughts are seen and the tool loop goes on, but without the signature of the call: it stands in the `extra_content` of ' +
      'the call, which this SDK does not send back.',
  },
];

export function reasonFor(client, far, feature) {
  const fits = (word, name) => word === '*' || word.split(' ').includes(name);
  return reasons.find((r) => fits(r.client, client) && fits(r.far, far) && fits(r.feature, feature))?.because;
}
