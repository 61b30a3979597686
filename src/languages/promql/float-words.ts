const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** Which of the two 32-bit words of a float in memory is which, on this machine. */
export const LOW_WORD = littleEndian ? 0 : 1
export const HIGH_WORD = littleEndian ? 1 : 0

/** The staleness marker: a NaN of its own (0x7ff0000000000002). */
export const STALE_HIGH = 0x7ff00000
export const STALE_LOW = 2
