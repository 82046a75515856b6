// The options of a command for developers, such as `npm run sim`.
// Owns: `--help`, and one sentence and exit code 2 for a wrong use. Does not own: which options there are.

/** An option whose value cannot be used. The message names the option and what it takes. */
export class WrongOption extends Error {}

/**
 * The values of the options in `read`. With `--help` it prints `help` and exits with 0; an option that does not exist, or a value
 * that `read` refuses with {@link WrongOption}, is printed with the help and exits with 2.
 */
export function readOptions<Values>(help: string, read: () => Values): Values {
  if (process.argv.slice(2).includes("--help")) {
    process.stdout.write(help)
    process.exit(0)
  }
  try {
    return read()
  } catch (error) {
    if (!isWrongUse(error)) throw error
    process.stderr.write(`${error.message}\n\n${help}`)
    process.exit(2)
  }
}

/** A whole number from 1, as it was typed for `option`. */
export function countOf(option: string, typed: string): number {
  const count = Number(typed)
  if (!/^\d+$/.test(typed) || !Number.isSafeInteger(count) || count < 1)
    throw new WrongOption(`${option} takes a whole number from 1, not "${typed}".`)
  return count
}

function isWrongUse(error: unknown): error is Error {
  return (
    error instanceof WrongOption ||
    (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
  )
}
