// expect: ["undefined",true,2,2,1]
const results = [typeof hoisted(), later === undefined];
var later = 1;
function hoisted() {
  return later;
}
{
  let later = 2;
  results.push(later);
}
for (var i = 0; i < 2; i++);
results.push(i, later);
return results;
