// Errors of the operating system, told apart from mistakes in calling it.
// Owns: that distinction. Does not own: what either means where it happens.

/** An error that the system answered to a call which was made correctly: a file that is not there, a port that is taken. */
export interface SystemError extends Error {
  /** The system's name for it, such as `EACCES`. */
  readonly code: string
  readonly syscall: string
  readonly path?: string
}

/** True for what the system answered. Node's own complaints about an argument (`ERR_…`) name no system call, and are bugs. */
export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  "syscall" in error &&
  typeof error.syscall === "string" &&
  "code" in error &&
  typeof error.code === "string"
