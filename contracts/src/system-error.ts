// Distinguishes errors of the operating system from mistakes in calling it, and words what they say of a file or a program.
// Owns: that distinction and those words. Does not own: addresses and databases (start/operator-failure.ts).

/** An error that the system answered to a call which was made correctly: a file that is not there, a port that is taken. */
interface SystemError extends Error {
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

const runAgain = "run the same command again"

/** What the system says of a file, a folder or a program. */
export function systemFailure(error: SystemError): { readonly sentence: string; readonly fix: string } {
  const { code, syscall, path } = error
  const [, fix] = reasonAndFix(code)
  if (syscall.startsWith("spawn"))
    return {
      sentence: `${path ?? "A program"} cannot be started: ${code === "ENOENT" ? "it is not installed, or not in PATH (ENOENT)" : systemReason(error)}.`,
      fix: code === "ENOENT" ? `Install it, and ${runAgain}.` : fix,
    }
  return {
    sentence: `${path ?? "A file"} cannot be ${participles[syscall] ?? "used"}: ${systemReason(error)}.`,
    fix,
  }
}

/** Why the system refused, in words with its own name for it; for anything else, what the error says. */
export const systemReason = (error: unknown): string =>
  isSystemError(error)
    ? `${reasonAndFix(error.code)[0]} (${error.code})`
    : error instanceof Error
      ? error.message
      : "it failed"

const participles: Readonly<Record<string, string>> = {
  open: "opened",
  read: "read",
  write: "written",
  fsync: "written",
  ftruncate: "written",
  scandir: "listed",
  opendir: "listed",
  stat: "looked at",
  lstat: "looked at",
  access: "looked at",
  mkdir: "made",
  mkdtemp: "made",
  rename: "renamed",
  unlink: "removed",
  rm: "removed",
  rmdir: "removed",
  chmod: "given its mode",
  copyfile: "copied",
  symlink: "made",
  link: "made",
}

const another = `Name another place, or correct it, and ${runAgain}.`
const permission = [
  "this account lacks the right",
  `Give it the right, or name another place, and ${runAgain}.`,
] as const
const room = `Free some, or name a place on another disk, and ${runAgain}.`
const handles = [
  "too many files are open",
  `Raise the limit of open files (ulimit -n), and ${runAgain}.`,
] as const

/** Why, and what to do. */
const reasons: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  EACCES: permission,
  EPERM: permission,
  ENOENT: ["it is not there, or its folder is not", another],
  ENOTDIR: ["a part of its path is not a folder", another],
  EISDIR: ["it is a folder", `Name a file, and ${runAgain}.`],
  EEXIST: ["it is there already", `Name another, or remove it, and ${runAgain}.`],
  ENOTEMPTY: ["it is not empty", another],
  ELOOP: ["its links lead in a circle", another],
  ENAMETOOLONG: ["its name is too long", another],
  EBUSY: ["another program uses it", another],
  EROFS: ["the file system can only be read", another],
  ENOSPC: ["the disk has no space left", room],
  EDQUOT: ["the quota of this account is used up", room],
  EFBIG: ["the file is too large", room],
  EMFILE: handles,
  ENFILE: handles,
  EIO: ["the disk reports an error", `Look at the disk, and ${runAgain}.`],
}

const reasonAndFix = (code: string): readonly [reason: string, fix: string] =>
  reasons[code] ?? ["the system refuses it", `Look into it, and ${runAgain}.`]
