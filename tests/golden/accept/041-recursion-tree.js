// expect: {"files":[{"path":"root/src/main","size":120},{"path":"root/src/lib/util","size":30},{"path":"root/readme","size":50}],"total":200}
const tree = {
  name: "root",
  children: [
    { name: "src", children: [{ name: "main", size: 120 }, { name: "lib", children: [{ name: "util", size: 30 }] }] },
    { name: "readme", size: 50 },
  ],
};
function walk(node, path = "") {
  const here = path ? `${path}/${node.name}` : node.name;
  if (!node.children) return [{ path: here, size: node.size }];
  return node.children.flatMap((child) => walk(child, here));
}
const files = walk(tree);
return { files, total: files.reduce((sum, file) => sum + file.size, 0) };
