// expect: [{"km":620,"path":["berlin","leipzig","munich"]},null]
const routes = { berlin: { leipzig: 190, hamburg: 290 }, leipzig: { munich: 430, berlin: 190 }, hamburg: { cologne: 430 }, cologne: { munich: 580 }, munich: {} };
function shortest(from, to) {
  const best = { [from]: { km: 0, path: [from] } };
  const queue = [from];
  while (queue.length > 0) {
    queue.sort((a, b) => best[a].km - best[b].km);
    const city = queue.shift();
    if (city === to) return best[to];
    for (const [next, km] of Object.entries(routes[city])) {
      const total = best[city].km + km;
      if (best[next] && best[next].km <= total) continue;
      best[next] = { km: total, path: [...best[city].path, next] };
      queue.push(next);
    }
  }
  return null;
}
return [shortest("berlin", "munich"), shortest("munich", "berlin")];
