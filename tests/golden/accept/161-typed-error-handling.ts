// expect: ["Juno Archer",{"ok":false,"tool":"acme.getCustomer"}]
interface ToolFailure extends Error {
  toolName?: string;
}
type Outcome<T> = { ok: true; value: T } | { ok: false; tool: string };
async function attempt<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await call() };
  } catch (error: unknown) {
    return { ok: false, tool: (error as ToolFailure).toolName ?? "unknown" };
  }
}
const good = await attempt<{ name: string }>(() => acme.getCustomer({ customerId: "cus_010" }));
const bad = await attempt(() => acme.getCustomer({ customerId: "cus_900" }));
return [good.ok && good.value.name, bad];
