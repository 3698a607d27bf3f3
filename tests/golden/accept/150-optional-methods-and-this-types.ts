// expect: ["> bare","> full true"]
interface Plugin {
  name: string;
  setup?(this: Plugin, options: { verbose: boolean }): string;
}
function run(this: { prefix: string }, plugin: Plugin): string {
  return `${this.prefix}${plugin.setup?.({ verbose: true }) ?? plugin.name}`;
}
const plugins: Plugin[] = [
  { name: "bare" },
  {
    name: "full",
    setup({ verbose }) {
      return `${this.name} ${verbose}`;
    },
  },
];
return plugins.map((plugin) => run.call({ prefix: "> " }, plugin));
