// expect: {"kib":200,"length":204800,"start":"abcdefgh","distinct":8}
const { kib, filler } = await acme.largeReport({ kib: 200 });
return { kib, length: filler.length, start: filler.slice(0, 8), distinct: new Set(filler).size };
