/** The parameter `timeout` of a request, in microseconds as in Triton, where 0 is none: as milliseconds. */
export const timeoutOf = (microseconds = 0): number => (microseconds > 0 ? microseconds / 1000 : Infinity);
