// refuse: syntax 2:1
namespace Util { export const x = 1; }
