/** Mixes the bits of a 32-bit integer, one to one: the finaliser of MurmurHash3. */
export function mixed(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The state of a generator: two 32-bit integers, not both zero. */
export interface Random {
  a: number;
  b: number;
}

/** The next 32 bits of the generator xoroshiro64** of Blackman and Vigna, as a signed integer: the same on any machine. */
export function next(random: Random): number {
  const { a } = random;
  const product = Math.imul(a, 0x9e3779bb);
  const mix = random.b ^ a;
  random.a = ((a << 26) | (a >>> 6)) ^ mix ^ (mix << 9);
  random.b = (mix << 13) | (mix >>> 19);
  return Math.imul((product << 5) | (product >>> 27), 5);
}
