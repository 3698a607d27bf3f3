// refuse: no-modules 2:1
export default async function main() { return 1; }
