// What every client is asked, whatever SDK it uses.
export const question = 'What is the weather in Lisbon?';
export const system = 'You are brief.';
export const weatherSchema = {
  type: 'object',
  properties: { city: { type: 'string', description: 'a town' } },
  required: ['city'],
  additionalProperties: false,
};
export const reportSchema = {
  type: 'object',
  properties: { city: { type: 'string' }, celsius: { type: 'integer' } },
  required: ['city', 'celsius'],
  additionalProperties: false,
};
export const report = { city: 'Lisbon', celsius: 17 };
// One red point.
export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
export const results = { Lisbon: '17 degrees in Lisbon', Porto: '14 degrees in Porto' };

// The deltas of a stream, put together and counted.
export class Heard {
  text = '';
  reasoning = '';
  pieces = 0;
  add(text) {
    if (!text) return;
    this.text += text;
    this.pieces += 1;
  }
}
