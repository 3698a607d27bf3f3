// expect: {"host":"127.0.0.1","port":4010,"text":"type X = 1; // still text"}
const url: RegExp = /^https?:\/\/(?<host>[^/:]+)(?::(?<port>\d+))?/; // not a type: <T>(x: string)
/* interface Fake { a: string } */
const match = url.exec("http://127.0.0.1:4010/acme/v1")!;
const { host, port } = match.groups as { host: string; port: string };
const text = `type X = ${1 as number}; // ${"still" as string} text`;
return { host, port: +port, text };
