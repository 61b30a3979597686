/** @typedef {(level: 'info' | 'warn' | 'error', message: string, fields?: object) => void} Log */

/** One JSON object a line on standard output. @param {object} base @returns {Log} */
export const jsonLog = base => (level, message, fields) =>
  void process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), level, message, ...base, ...fields })}\n`,
  )
