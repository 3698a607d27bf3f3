// expect: {"count":20,"largest":30690}
type Page<T> = { items: T[]; nextCursor: string | null; total: number };
async function collect<T>(fetchPage: (cursor?: string) => Promise<Page<T>>, limit = Infinity): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await fetchPage(cursor);
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && all.length < limit);
  return all;
}
const refunds = await collect<{ id: string; amountCents: number }>((cursor) => acme.listRefunds({ limit: 7, ...(cursor ? { cursor } : {}) }));
return { count: refunds.length, largest: Math.max(...refunds.map((refund) => refund.amountCents)) };
