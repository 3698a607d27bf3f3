/** Names of the objects of which there is one each. */
export const BUNDLES = "main";
export const LOG = "log";
