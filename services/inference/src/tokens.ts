/** Injection token of the Config. An interface has no existence at run time, so it cannot be its own token. */
export const CONFIG = Symbol('config');
/** Injection token of the ModelServer. */
export const MODEL_SERVER = Symbol('model server');
