/**
 * Takes the place of `WebAssembly.promising` in transpiled components. Nothing of ours suspends, and the wrappers, made anew
 * for each instance, would take longer than a small script.
 */
export const synchronous = (callee) => callee;
