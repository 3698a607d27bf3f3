// expect: [2,3,5,7,11,13,17,19,23,29,31,37]
const primes = [];
outer: for (let candidate = 2; primes.length < 12; candidate++) {
  for (const prime of primes) {
    if (prime * prime > candidate) break;
    if (candidate % prime === 0) continue outer;
  }
  primes.push(candidate);
}
return primes;
