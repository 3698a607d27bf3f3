// expect: {"mean":15.43,"median":12,"deviation":11.891,"hypot":5,"sign":-1,"trunc":-4}
const samples = [12, 7, 3, 41, 15, 8, 22];
const sorted = [...samples].sort((a, b) => a - b);
const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length;
const deviation = Math.sqrt(samples.reduce((sum, x) => sum + (x - mean) ** 2, 0) / samples.length);
const median = sorted[Math.floor(sorted.length / 2)];
return { mean: Math.round(mean * 100) / 100, median, deviation: Number(deviation.toFixed(3)), hypot: Math.hypot(3, 4), sign: Math.sign(-3), trunc: Math.trunc(-4.7) };
