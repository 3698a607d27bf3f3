// expect: [false,true,3,true]
const enum Permission {
  None = 0,
  Read = 1 << 0,
  Write = 1 << 1,
  All = Read | Write,
}
const can = (granted: Permission, wanted: Permission): boolean => (granted & wanted) === wanted;
return [can(Permission.Read, Permission.Write), can(Permission.All, Permission.Write), Permission.All, can(Permission.Read, Permission.None)];
