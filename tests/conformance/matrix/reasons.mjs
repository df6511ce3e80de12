// Cells that do not pass, and why not. A cell that is here and passes is an error, as is one that is not
// here and does not. `*` stands for each.
export const reasons = [];

export function reasonFor(client, far, feature) {
  const fits = (word, name) => word === '*' || word.split(' ').includes(name);
  return reasons.find((r) => fits(r.client, client) && fits(r.far, far) && fits(r.feature, feature))?.because;
}
